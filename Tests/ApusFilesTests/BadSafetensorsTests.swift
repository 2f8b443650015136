import ApusFiles
import Testing

@Suite struct BadSafetensorsTests {
  private static func one(
    dtype: String = "\"F32\"", shape: String = "[2]", offsets: String = "[0,8]", data: Int = 8
  ) -> ByteBuilder {
    .safetensors(
      "{\"t\":{\"dtype\":\(dtype),\"shape\":\(shape),\"data_offsets\":\(offsets)}}", data: data)
  }

  private static func two(_ first: String, _ second: String, data: Int) -> ByteBuilder {
    let a = "\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":\(first)}"
    let b = "\"b\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":\(second)}"
    return .safetensors("{\(a),\(b)}", data: data)
  }

  static let inputs: [BadInput] = [
    BadInput(36, "7 bytes", ByteBuilder().zeros(7), .truncated, "header length", at: 0),
    BadInput(36, "0 bytes", ByteBuilder(), .truncated, "header length", at: 0),
    BadInput(
      37, "a header past the end", ByteBuilder().u64(100).text("{}"), .truncated, "header length",
      at: 0),
    BadInput(
      38, "a header of 100 MB and 1 byte", ByteBuilder().u64(100_000_001).text("{}"),
      .headerTooLarge, "header length", at: 0),
    BadInput(
      38, "a header of 2^64-1 bytes", ByteBuilder().u64(.max).text("{}"), .headerTooLarge,
      "header length", at: 0),
    BadInput(39, "no brace", .safetensors("[1]"), .badHeader, "header", at: 8),
    BadInput(39, "no header", .safetensors(""), .badHeader, "header", at: 8),
    BadInput(
      40, "a header that is not UTF-8",
      ByteBuilder().u64(5).text("{\"").u8(0xFF).text("\"}"), .badHeader, "header", at: 10),
    BadInput(
      41, "200 000 brackets",
      .safetensors("{\"a\":" + String(repeating: "[", count: 200_000)), .badHeader, "header",
      at: 20),
    BadInput(
      42, "a tensor twice",
      .safetensors(
        "{\"t\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]},"
          + "\"t\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,8]}}", data: 8),
      .duplicateTensor, "header", at: 62),
    BadInput(43, "end before begin", one(offsets: "[8,0]"), .badOffset, "'t'", at: 8),
    BadInput(43, "a negative offset", one(offsets: "[-8,0]"), .badOffset, "'t'", at: 8),
    BadInput(43, "half a byte", one(offsets: "[0,8.5]"), .badOffset, "'t'", at: 8),
    BadInput(43, "one offset", one(offsets: "[8]"), .badOffset, "'t'", at: 8),
    BadInput(43, "an offset of 2^64", one(offsets: "[0,1e300]"), .badOffset, "'t'", at: 8),
    BadInput(44, "overlapping data", two("[0,8]", "[4,12]", data: 12), .badOffset, "'b'", at: 120),
    BadInput(45, "a hole", two("[0,8]", "[16,24]", data: 24), .badOffset, "'b'", at: 133),
    BadInput(45, "bytes behind the data", one(data: 12), .badOffset, "data", at: 70),
    BadInput(
      46, "a shape of other size", one(shape: "[3]"), .sizeMismatch, "'t'", at: 8),
    BadInput(
      47, "elements overflow", one(shape: "[4294967296,4294967296]"), .sizeMismatch, "'t'", at: 8),
    BadInput(
      47, "bytes overflow", one(shape: "[4611686018427387904]"), .sizeMismatch, "'t'", at: 8),
    BadInput(46, "a negative size", one(shape: "[-2]"), .sizeMismatch, "'t'", at: 8),
    BadInput(48, "an unknown dtype", one(dtype: "\"F12\""), .badDtype, "'t'", at: 8),
    BadInput(48, "a dtype of GGUF", one(dtype: "\"Q4_K\""), .badDtype, "'t'", at: 8),
    BadInput(48, "no dtype", one(dtype: "7"), .badHeader, "'t'", at: 8),
    BadInput(37, "data past the end", one(data: 7), .truncated, "'t'", at: 69),
  ]

  @Test(arguments: inputs)
  func isRefused(input: BadInput) {
    input.check { _ = try Safetensors($0) }
  }

  @Test func everyCutIsRefused() throws {
    var writer = SafetensorsWriter()
    for index in 0..<8 {
      writer.append(
        "t\(index)", .F32, shape: [4, 8], data: [UInt8](repeating: 1, count: 128))
    }
    let bytes = writer.serialized()
    _ = try Safetensors(FileBytes(copying: bytes))
    for length in bytes.indices {
      let error = #expect(throws: FileError.self, "cut at \(length)") {
        try Safetensors(FileBytes(copying: Array(bytes[..<length])))
      }
      #expect(error?.code == .truncated, "cut at \(length)")
    }
  }
}
