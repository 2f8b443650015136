import Testing

@testable import ApusEngine

struct StopMatcherTests {
  /// The text that comes through when `text` arrives in pieces of `size` characters.
  private func through(_ text: String, stops: [String], size: Int) -> (String, Bool) {
    var matcher = StopMatcher(stops)
    var shown = ""
    var rest = Substring(text)
    while !rest.isEmpty {
      shown += matcher.append(String(rest.prefix(size)))
      rest = rest.dropFirst(size)
    }
    shown += matcher.finish()
    return (shown, matcher.isStopped)
  }

  @Test(arguments: 1...12)
  func stopsBeforeTheFirstWhereverItIsCut(_ size: Int) {
    #expect(through("one two three", stops: ["two"], size: size) == ("one ", true))
    #expect(through("one two three", stops: ["three", "tw"], size: size) == ("one ", true))
    #expect(through("one two", stops: ["four"], size: size) == ("one two", false))
    #expect(through("aaab", stops: ["aab"], size: size) == ("a", true))
    #expect(through("naïve — café", stops: ["—"], size: size) == ("naïve ", true))
    #expect(through("ends in tw", stops: ["two"], size: size) == ("ends in tw", false))
  }

  @Test func holdsBackOnlyWhatMayStop() {
    var matcher = StopMatcher(["<end>", "STOP"])
    #expect(matcher.append("text <") == "text ")
    #expect(matcher.append("en") == "")
    #expect(matcher.append("try> S") == "<entry> ")
    #expect(matcher.append("TOO") == "STOO")
    #expect(matcher.finish() == "")
  }

  @Test func nothingComesAfterAStop() {
    var matcher = StopMatcher(["x"])
    #expect(matcher.append("axb") == "a")
    #expect(matcher.append("more") == "")
    #expect(matcher.finish() == "")
  }

  @Test func emptyStopsAreNone() {
    var matcher = StopMatcher([""])
    #expect(matcher.append("text") == "text")
    #expect(!matcher.isStopped)
  }
}
