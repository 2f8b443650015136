/// The regular expressions that cut text into words before merging, each as a scanner of our own:
/// expressions from files are recognised by their spelling and never run.
enum WordPattern: Sendable, Hashable {
  /// `'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+`
  case gpt2
  /// `(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,digits}`
  /// `| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+`
  case llama3(digits: Int)
  /// `[\r\n]`
  case newline
  /// `\s?\p{L}+`
  case letters
  /// `\s?\p{P}+`
  case punctuation
  /// `[一-龥ࠀ-一가-퟿]+`
  case eastAsian
  /// `\p{N}`
  case digit
  /// `\p{N}+`
  case digits
  /// `[0-9][0-9][0-9]`
  case threeDigits
  /// `[\p{P}\$\+<=>\^~\|]+`
  case punctuationAndSigns
  /// `▁` and what follows up to the next one, as SentencePiece cuts words.
  case metaspace
  /// Any number of `▁` and what follows up to the next one: where no piece of a vocabulary has a `▁`
  /// behind another character, these words merge as the whole text would.
  case markedWords

  /// The expressions of files, in the spelling in which they occur there.
  init?(expression: String) {
    switch expression {
    case #"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"#,
      #"'(?:[sdmt]|ll|ve|re)| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"#:
      self = .gpt2
    case Self.llama3Expression("{1,3}"): self = .llama3(digits: 3)
    case Self.llama3Expression(""): self = .llama3(digits: 1)
    case Self.llama3Expression("+"): self = .llama3(digits: .max)
    case "[\r\n]", #"[\r\n]"#: self = .newline
    case #"\s?\p{L}+"#: self = .letters
    case #"\s?\p{P}+"#: self = .punctuation
    case "[一-龥ࠀ-一가-퟿]+": self = .eastAsian
    case #"\p{N}"#: self = .digit
    case #"\p{N}+"#: self = .digits
    case "[0-9][0-9][0-9]": self = .threeDigits
    default: return nil
    }
  }

  private static func llama3Expression(_ digits: String) -> String {
    #"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}"# + digits
      + #"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"#
  }
}
