/// What a request is for, as far as it decides on who answers best.
public enum TaskClass: String, Sendable, Hashable, CaseIterable {
  /// Programs are written, read or mended.
  case code
  /// Something is asked that has an answer.
  case question
  /// A text is invented.
  case creative
  /// Something given is compared, summed up or judged.
  case analysis
  case general
}
