import Apus
import Foundation

/// Two answers at once beside the same two one after the other, in one process.
struct Together: Codable {
  /// What the two come from.
  var name: String
  /// Files; one is loaded twice where there are two models.
  var models: [String]
  var threads: Int
  /// Tokens per second of both answers together, prompts in the time: medians over the rounds.
  var inTurn: Double
  var atOnce: Double
  /// At once over in turn, round by round (median).
  var ratio: Double

  struct Failure: Error, CustomStringConvertible { var description: String }

  /// The model that ships with apus.
  private static let defaultModel = URL(filePath: #filePath).deletingLastPathComponent()
    .appending(path: "../../../Fixtures/default-model/apus-demo-f16.gguf").standardized.path

  static func measure(_ options: Options) async throws -> [Together] {
    let paths = options.models.isEmpty ? [defaultModel] : options.models
    let loading = LoadOptions(
      threads: options.threads, contextLength: options.generated + 64, slots: 2)
    let first = try await LocalModel(paths[0], options: loading)
    let second = try await LocalModel(paths.count > 1 ? paths[1] : paths[0], options: loading)
    return [
      try await measure("two models", first, second, options),
      try await measure("two requests of a model", first, first, options),
    ]
  }

  private static func measure(
    _ name: String, _ first: LocalModel, _ second: LocalModel, _ options: Options
  ) async throws -> Together {
    let sampling = GenerationOptions(temperature: 0, maxTokens: options.generated)
    let asked = [("Once upon a time", first), ("In the middle of the night", second)].map {
      (Request(.text($0), options: sampling), $1)
    }
    var rates: (inTurn: [Double], atOnce: [Double]) = ([], [])
    // The first round warms up and is dropped.
    for round in 0...options.rounds {
      let clock = ContinuousClock()
      let start = clock.now
      var expected: [String] = []
      var count = 0
      for (request, model) in asked {
        let answer = try await model.respond(request)
        expected.append(answer.text)
        count += answer.usage.completionTokens
      }
      let middle = clock.now
      async let one = asked[0].1.respond(asked[0].0)
      async let other = asked[1].1.respond(asked[1].0)
      let found = try await [one.text, other.text]
      let end = clock.now
      guard found == expected, count > 0 else {
        throw Failure(description: "\(name): another text at once than in turn")
      }
      guard round > 0 else { continue }
      rates.inTurn.append(Double(count) / Measurement.seconds(middle - start))
      rates.atOnce.append(Double(count) / Measurement.seconds(end - middle))
    }
    return Together(
      name: name, models: Set([first.name, second.name]).sorted(), threads: first.threadCount,
      inTurn: Measurement.median(rates.inTurn), atOnce: Measurement.median(rates.atOnce),
      ratio: Measurement.ratio(rates.atOnce, to: rates.inTurn))
  }
}
