import ApusJSON

extension Kind {
  /// What is read is written and read again to the same value.
  static let json = Kind(name: "json") { bytes in
    guard let value = try? JSON(parsing: Array(bytes)) else { return }
    let text = value.serialized()
    guard let again = try? JSON(parsing: text) else {
      fatalError("wrote what it cannot read: \(text)")
    }
    if again != value { fatalError("reads its own text as something else: \(text)") }
  }
}
