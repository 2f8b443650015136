/// What to measure, from the command line.
struct Options {
  var json = false
  var rounds = 5
  var vocabularies: [String] = []
  var texts: [String] = []

  static let usage = """
    usage: tokenizers [--json] [--rounds N] [--text FILE]... VOCABULARY...

      VOCABULARY    a GGUF file, a tokenizer.json, or a Hugging Face folder
      --text FILE   a text to encode, as one document and line by line; any number of times
      --rounds N    rounds of which the median is taken (5)
      --json        one JSON object on standard output instead of a table
    """

  struct Wrong: Error { var message: String }

  init(_ arguments: [String]) throws(Wrong) {
    var rest = arguments[...]
    while let argument = rest.popFirst() {
      switch argument {
      case "--json": json = true
      case "--help": throw Wrong(message: Options.usage)
      case "--text", "--rounds":
        guard let value = rest.popFirst() else { throw Wrong(message: "\(argument) needs a value") }
        if argument == "--text" {
          texts.append(value)
        } else {
          guard let number = Int(value), (1...1000).contains(number) else {
            throw Wrong(message: "--rounds \(value): not understood")
          }
          rounds = number
        }
      case _ where argument.hasPrefix("--"):
        throw Wrong(message: "\(argument): no such option\n\(Options.usage)")
      default: vocabularies.append(argument)
      }
    }
    guard !vocabularies.isEmpty else { throw Wrong(message: Options.usage) }
  }
}
