import ApusFiles
import RefusalCost
import Testing

/// A damaged file and what must be said about it. The numbers are those of the list of bad inputs
/// in docs/testing.md.
struct BadInput: Sendable, CustomTestStringConvertible {
  let number: Int
  let what: String
  let bytes: [UInt8]
  let code: FileError.Code
  /// A part of the error's field.
  let field: String
  /// The byte that the error names.
  let offset: Int?

  init(
    _ number: Int, _ what: String, _ bytes: ByteBuilder, _ code: FileError.Code, _ field: String,
    at offset: Int?
  ) {
    self.number = number
    self.what = what
    self.bytes = bytes.bytes
    self.code = code
    self.field = field
    self.offset = offset
  }

  var testDescription: String { "\(number) \(what)" }
}

extension BadInput {
  /// Opens the bytes and checks the error: code, field, offset, one line, the path in front.
  func check(_ open: (FileBytes) throws -> Void) {
    let error = #expect(throws: FileError.self, "\(what)") {
      try RefusalCost.measure(testDescription) {
        try open(FileBytes(copying: bytes, path: "/models/bad"))
      }
    }
    guard let error else { return }
    #expect(error.code == code, "\(error)")
    #expect(error.field.contains(field), "\(error)")
    #expect(error.offset == offset, "\(error)")
    #expect(!error.description.contains("\n"))
    #expect(error.description.hasPrefix("/models/bad: "))
    #expect(error.description.utf8.count < 1000)
  }
}
