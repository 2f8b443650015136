import ApusJSON
import Testing

@Suite("JSON parser") struct JSONParserTests {
  @Test("values of all kinds") func values() throws {
    let text =
      #" {"a": [1, -2, 0, 1.5, -0.25e+2, 1E3], "b": {"c": null, "d": true, "e": false}, "": "x"} "#
    let json = try JSON(parsing: text)
    #expect(
      json == [
        "a": [1, -2, 0, 1.5, -25.0, 1000.0], "b": ["c": nil, "d": true, "e": false], "": "x",
      ])
    #expect(json.object?.keys == ["a", "b", ""])
  }

  @Test("escapes and surrogate pairs") func escapes() throws {
    let json = try JSON(parsing: #""\"\\\/\b\f\n\r\t\u00e9\uD83D\uDE00 é 😀""#)
    #expect(json.string == "\"\\/\u{8}\u{C}\n\r\té😀 é 😀")
  }

  @Test(
    "numbers",
    arguments: [
      ("9223372036854775807", JSON.integer(.max)), ("-9223372036854775808", .integer(.min)),
      ("9223372036854775808", .double(9.223372036854775808e18)),
      ("-9223372036854775809", .double(-9.223372036854775808e18)),
      ("-0", .integer(0)), ("1e-7", .double(1e-7)), ("0.1", .double(0.1)),
      ("2.2250738585072014e-308", .double(2.2250738585072014e-308)),
      ("1.7976931348623157e308", .double(.greatestFiniteMagnitude)),
    ]) func numbers(text: String, expected: JSON) throws
  {
    #expect(try JSON(parsing: text) == expected)
  }

  @Test(
    "faults are named with their byte",
    arguments: [
      ("", JSONError.Code.truncated, 0), ("{", .truncated, 1), ("[1,", .truncated, 3),
      ("[1 2]", .unexpectedByte, 3), ("{\"a\":1,}", .unexpectedByte, 7),
      ("[1,]", .unexpectedByte, 3),
      ("{a:1}", .unexpectedByte, 1), ("tru", .truncated, 3), ("trux", .unexpectedByte, 3),
      ("NaN", .unexpectedByte, 0), ("1 1", .trailingData, 2), ("01", .badNumber, 1),
      ("-", .truncated, 1), ("-x", .badNumber, 1), ("1.", .truncated, 2), ("1.x", .badNumber, 2),
      ("1e", .truncated, 2), ("+1", .unexpectedByte, 0), (".5", .unexpectedByte, 0),
      ("1e999", .numberOutOfRange, 0), ("\"a", .truncated, 2), ("\"\\x\"", .badEscape, 1),
      ("\"\\u12G4\"", .badEscape, 5), ("\"\\uD800\"", .loneSurrogate, 1),
      ("\"\\uD800x\"", .loneSurrogate, 1), ("\"\\uDC00\"", .loneSurrogate, 1),
      ("\"\\uD800\\u0041\"", .loneSurrogate, 1), ("\"a\nb\"", .controlCharacter, 2),
      ("\u{FEFF}1", .unexpectedByte, 0), ("[1]]", .trailingData, 3), ("]", .unexpectedByte, 0),
    ]) func faults(text: String, code: JSONError.Code, offset: Int)
  {
    let error = #expect(throws: JSONError.self) { try JSON(parsing: text) }
    #expect(error?.code == code)
    #expect(error?.offset == offset)
  }

  @Test(
    "bytes that are no UTF-8",
    arguments: [
      [0x22, 0x61, 0xFF, 0x22], [0x22, 0x61, 0xC0, 0x80, 0x22],
      [0x22, 0x61, 0xED, 0xA0, 0x80, 0x22],
      [0x22, 0x61, 0xF5, 0x80, 0x80, 0x80, 0x22], [0x22, 0x61, 0xC3, 0x22],
    ] as [[UInt8]]) func badUTF8(bytes: [UInt8])
  {
    let error = #expect(throws: JSONError.self) { try JSON(parsing: bytes) }
    #expect(error?.code == .badUTF8)
    #expect(error?.offset == 2)
  }

  @Test("nesting beyond the limit") func nesting() throws {
    let fits = String(repeating: "[", count: 128) + String(repeating: "]", count: 128)
    #expect(throws: Never.self) { try JSON(parsing: fits) }
    for text in ["[" + fits + "]", String(repeating: "[", count: 200_000)] {
      let error = #expect(throws: JSONError.self) { try JSON(parsing: text) }
      #expect(error?.code == .nestingTooDeep)
      #expect(error?.offset == 128)
    }
    let objects = String(repeating: "{\"a\":", count: 200_000)
    #expect(throws: JSONError.self) { try JSON(parsing: objects) }
    // Depth counts what is open, not what was.
    let wide = "[" + Array(repeating: "[[]]", count: 1000).joined(separator: ",") + "]"
    #expect(try JSON(parsing: wide).array?.count == 1000)
  }

  @Test("size limits") func sizes() {
    let bytes = #expect(throws: JSONError.self) {
      try JSON(parsing: "[1,2]", limits: JSONLimits(byteCount: 4))
    }
    #expect(bytes?.code == .tooLarge)
    let values = #expect(throws: JSONError.self) {
      try JSON(parsing: "[1,2]", limits: JSONLimits(valueCount: 2))
    }
    #expect(values?.code == .tooLarge)
  }

  @Test("repeated keys") func duplicates() throws {
    let text = #"{"a":1,"b":2,"a":3}"#
    #expect(try JSON(parsing: text).object?.keys == ["a", "b"])
    #expect(try JSON(parsing: text)["a"] == 3)
    let error = #expect(throws: JSONError.self) {
      try JSON(parsing: text, limits: JSONLimits(allowsDuplicateKeys: false))
    }
    #expect(error?.code == .duplicateKey)
    #expect(error?.offset == 13)
  }

  @Test("keys that only look alike are different ones") func canonicalEquivalence() throws {
    let text = "{\"\u{E9}\":1,\"e\u{301}\":2}"
    let json = try JSON(parsing: text, limits: JSONLimits(allowsDuplicateKeys: false))
    #expect(json["\u{E9}"] == 1)
    #expect(json["e\u{301}"] == 2)
    #expect(json.object?.count == 2)
  }

  @Test("a text cut anywhere is refused") func truncation() throws {
    let text = #"{"a":[1.5e3,true,null,"\ud83d\ude00é"],"b":{"c":-12}}"#
    let bytes = Array(text.utf8)
    #expect(throws: Never.self) { try JSON(parsing: bytes) }
    for count in 0..<bytes.count {
      #expect(throws: JSONError.self) { try JSON(parsing: bytes.prefix(count)) }
    }
  }

  @Test("any byte anywhere gives a value or an error") func mutation() {
    let bytes = Array(#"{"a":[1.5e3,true,null,"\ud83d\ude00é"],"b":{"c":-12}}"#.utf8)
    for position in bytes.indices {
      for byte in UInt8.min...UInt8.max {
        var mutant = bytes
        mutant[position] = byte
        if let value = try? JSON(parsing: mutant) {
          #expect((try? JSON(parsing: value.serialized())) == value)
        }
      }
    }
  }
}
