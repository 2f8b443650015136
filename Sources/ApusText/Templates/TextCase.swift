/// Upper and lower case as Python's strings change it.
enum TextCase {
  static func changed(_ text: String, _ method: TemplateMethod) -> String {
    switch method {
    case .upper: text.uppercased()
    case .lower, .casefold: text.lowercased()
    case .capitalize: capitalized(text)
    case .title: titled(text)
    case .swapcase: swapped(text)
    default: text
    }
  }

  static func capitalized(_ text: String) -> String {
    guard let first = text.unicodeScalars.first else { return "" }
    return first.properties.titlecaseMapping
      + String(text.unicodeScalars.dropFirst()).lowercased()
  }

  /// Every letter that follows no letter is upper case, the others are lower case.
  private static func titled(_ text: String) -> String {
    var result = ""
    var afterLetter = false
    for scalar in text.unicodeScalars {
      let properties = scalar.properties
      result += afterLetter ? properties.lowercaseMapping : properties.titlecaseMapping
      afterLetter = properties.isCased
    }
    return result
  }

  /// As Jinja's `title` filter does: words begin after a hyphen, a space or an opening bracket.
  static func titledWords(_ text: String) -> String {
    var result = ""
    var beginsWord = true
    for scalar in text.unicodeScalars {
      if beginsWord {
        result += scalar.properties.uppercaseMapping
      } else {
        result += scalar.properties.lowercaseMapping
      }
      beginsWord = Whitespace.contains(scalar) || ["-", "(", "{", "[", "<"].contains(scalar)
    }
    return result
  }

  private static func swapped(_ text: String) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
      let properties = scalar.properties
      result += properties.isUppercase ? properties.lowercaseMapping : properties.uppercaseMapping
    }
    return result
  }
}

/// What kind of characters a text is made of.
enum TextClass {
  /// `nil` where the method asks for something else.
  static func holds(_ method: TemplateMethod, _ text: String) -> Bool? {
    let scalars = text.unicodeScalars
    switch method {
    case .isascii: return text.utf8.allSatisfy { $0 < 0x80 }
    case .isspace: return !scalars.isEmpty && scalars.allSatisfy(Whitespace.contains)
    case .isalpha: return !scalars.isEmpty && scalars.allSatisfy(isLetter)
    case .isdecimal: return !scalars.isEmpty && scalars.allSatisfy(isDecimal)
    case .isdigit: return !scalars.isEmpty && scalars.allSatisfy(isDigit)
    case .isnumeric: return !scalars.isEmpty && scalars.allSatisfy(isNumeric)
    case .isalnum: return !scalars.isEmpty && scalars.allSatisfy { isLetter($0) || isNumeric($0) }
    case .islower: return isCased(scalars) { $0.isLowercase }
    case .isupper: return isCased(scalars) { $0.isUppercase }
    case .istitle: return isTitle(scalars)
    default: return nil
    }
  }

  static func isLetter(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter: true
    default: false
    }
  }

  private static func isDecimal(_ scalar: Unicode.Scalar) -> Bool {
    scalar.properties.generalCategory == .decimalNumber
  }

  private static func isDigit(_ scalar: Unicode.Scalar) -> Bool {
    scalar.properties.numericType == .decimal || scalar.properties.numericType == .digit
  }

  static func isNumeric(_ scalar: Unicode.Scalar) -> Bool {
    scalar.properties.numericType != nil
  }

  /// Whether there are cased characters and all of them are as asked.
  private static func isCased(
    _ scalars: String.UnicodeScalarView, _ isRight: (Unicode.Scalar.Properties) -> Bool
  ) -> Bool {
    var found = false
    for scalar in scalars where scalar.properties.isCased {
      guard isRight(scalar.properties) else { return false }
      found = true
    }
    return found
  }

  private static func isTitle(_ scalars: String.UnicodeScalarView) -> Bool {
    var found = false
    var afterLetter = false
    for scalar in scalars {
      let properties = scalar.properties
      if properties.isUppercase || properties.generalCategory == .titlecaseLetter {
        if afterLetter { return false }
        found = true
      } else if properties.isLowercase, !afterLetter {
        return false
      }
      afterLetter = properties.isCased
    }
    return found
  }
}
