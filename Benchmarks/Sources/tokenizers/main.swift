import ApusText
import Foundation

do {
  let options = try Options(Array(CommandLine.arguments.dropFirst()))
  var report = Report(rounds: options.rounds)
  for vocabulary in options.vocabularies {
    report.rows += try Measurement.rows(vocabulary, texts: options.texts, rounds: options.rounds)
  }
  print(options.json ? try report.json() : report.text())
} catch let wrong as Options.Wrong {
  FileHandle.standardError.write(Data((wrong.message + "\n").utf8))
  exit(2)
} catch {
  FileHandle.standardError.write(Data("tokenizers: \(error)\n".utf8))
  exit(1)
}
