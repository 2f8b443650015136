import ApusCore
import ApusJSON
import Testing

@Suite struct ToolCallTests {
  // features D28
  @Test func piecesBecomeCalls() async throws {
    let events: [Event] = [
      .reasoning("Look "), .reasoning("it up."),
      .toolCall(ToolCallDelta(index: 1, id: "b", name: "time")),
      .toolCall(ToolCallDelta(index: 0, id: "a", name: "weather", arguments: #"{"city":"#)),
      .toolCall(ToolCallDelta(index: 1, arguments: "{}")),
      .toolCall(ToolCallDelta(index: 0, arguments: #""Rome"}"#)),
      .finished(.toolCalls, Usage()),
    ]
    let stream = EventStream { sink in for event in events { sink.yield(event) } }
    let response = try await Response(of: stream, model: "m")
    #expect(
      response.toolCalls == [
        ToolCall(id: "a", name: "weather", arguments: #"{"city":"Rome"}"#),
        ToolCall(id: "b", name: "time", arguments: "{}"),
      ])
    #expect(response.reasoning == "Look it up.")
    #expect(response.message.json["tool_calls"]?[0]?["function"]?["name"] == "weather")
  }

  @Test func endlessCallsAreCut() {
    var calls = ToolCalls()
    for index in 0..<5000 { calls.append(ToolCallDelta(index: index, id: "x")) }
    #expect(calls.all.count == 1024)
  }
}
