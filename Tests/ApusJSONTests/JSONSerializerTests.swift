import ApusJSON
import Testing

@Suite("JSON serializer") struct JSONSerializerTests {
  let value: JSON = ["a": [1, 2.5, nil], "b": [:], "c": [], "d\n": "\u{1}\"\\é😀\u{7F}"]

  @Test("compact") func compact() {
    #expect(
      value.serialized()
        == #"{"a":[1,2.5,null],"b":{},"c":[],"d\n":"\u0001\"\\é😀"# + "\u{7F}\"}")
  }

  @Test("pretty") func pretty() {
    #expect(
      (["a": [1, ["b": true]], "c": [:]] as JSON).serialized(pretty: true) == """
        {
          "a": [
            1,
            {
              "b": true
            }
          ],
          "c": {}
        }
        """)
  }

  @Test("what was written reads back equal") func roundTrip() throws {
    #expect(try JSON(parsing: value.serialized()) == value)
    #expect(try JSON(parsing: value.serialized(pretty: true)) == value)
  }

  @Test("doubles read back bit for bit") func doubles() throws {
    var generator = SystemRandomNumberGenerator()
    for _ in 0..<20_000 {
      let double = Double(bitPattern: generator.next())
      guard double.isFinite else { continue }
      #expect(try JSON(parsing: JSON.double(double).serialized()).double == double)
    }
  }

  @Test("what JSON has no number for becomes null") func notFinite() {
    #expect(([.double(.nan), .double(.infinity)] as JSON).serialized() == "[null,null]")
  }
}

@Suite("JSON object") struct JSONObjectTests {
  @Test("members are found, replaced and removed, few or many", arguments: [3, 8, 9, 10, 100])
  func members(count: Int) {
    var object = JSONObject()
    for index in 0..<count { object["k\(index)"] = .integer(index) }
    #expect(object.count == count)
    for index in 0..<count { #expect(object["k\(index)"] == .integer(index)) }
    object["k1"] = "new"
    #expect(object.count == count)
    object["k0"] = nil
    #expect(object.count == count - 1)
    #expect(object["k0"] == nil)
    #expect(object["k1"] == "new")
    #expect(object.keys.first == "k1")
    for index in 2..<count { #expect(object["k\(index)"] == .integer(index)) }
    #expect(Array(object).count == count - 1)
  }

  @Test("equality does not depend on order") func equality() {
    let left: JSONObject = ["a": 1, "b": 2]
    let right: JSONObject = ["b": 2, "a": 1]
    #expect(left == right)
    #expect(left.hashValue == right.hashValue)
    #expect(left != ["a": 1])
    #expect(left != ["a": 1, "b": 3])
  }
}
