import ApusCore
import ApusJSON

extension Shape {
  static let responses = Shape(
    sources: [
      "https://platform.openai.com/docs/api-reference/responses/create",
      "https://platform.openai.com/docs/api-reference/responses-streaming",
      "https://docs.perplexity.ai/docs/agent-api/openai-compatibility",
    ],
    path: "/responses",
    stream: .events([
      event("response.created", #""response":{"id":"r","status":"in_progress","error":null}"#),
      event("response.reasoning_summary_text.delta", #""output_index":0,"delta":"Hm.""#),
      event("response.output_item.added", #""output_index":1,"item":{"type":"message"}"#),
      event("response.output_text.delta", #""output_index":1,"content_index":0,"delta":"Hel""#),
      event("response.output_text.delta", #""output_index":1,"content_index":0,"delta":"lo w""#),
      event("response.output_text.delta", #""output_index":1,"content_index":0,"delta":"örld""#),
      event("response.output_text.done", #""output_index":1,"text":"Hello wörld""#),
      event(
        "response.completed", #""response":{"status":"completed","error":null,"usage":\#(usage)}"#),
    ]),
    whole: .json(
      #"{"id":"r","object":"response","status":"completed","error":null,"output":[{"type":"reasoning","#
        + #""summary":[{"type":"summary_text","text":"Hm."}]},{"type":"message","role":"assistant","#
        + #""content":[{"type":"output_text","text":"Hello wörld","annotations":[]}]}],"usage":\#(usage)}"#
    ),
    toolStream: .events([
      event(
        "response.output_item.added",
        #""output_index":0,"item":{"type":"function_call","id":"f","call_id":"c1","name":"weather","arguments":""}"#
      ),
      event("response.function_call_arguments.delta", #""output_index":0,"delta":"{\"city\":""#),
      event("response.function_call_arguments.delta", #""output_index":0,"delta":"\"Köln\"}""#),
      event(
        "response.output_item.done",
        #""output_index":0,"item":{"type":"function_call","call_id":"c1","name":"weather","arguments":"{\"city\":\"Köln\"}"}"#
      ),
      event(
        "response.output_item.done",
        #""output_index":1,"item":{"type":"function_call","call_id":"c2","name":"clock","arguments":"{}"}"#
      ),
      event("response.completed", #""response":{"status":"completed","usage":\#(usage)}"#),
    ]),
    toolWhole: .json(
      #"{"status":"completed","output":[{"type":"function_call","call_id":"c1","name":"weather","#
        + #""arguments":"{\"city\":\"Köln\"}"},{"type":"function_call","call_id":"c2","name":"clock","#
        + #""arguments":"{}"}],"usage":\#(usage)}"#),
    usage: .expected(reasoning: 3),
    errors: Shape.openAI.errors,
    errorInside: .events([
      event("response.output_text.delta", #""output_index":0,"delta":"Hel""#),
      event(
        "response.failed",
        #""response":{"status":"failed","error":{"code":"server_error","message":"It broke."}}"#),
    ]),
    errorInsideCode: .badResponse,
    expected: #"""
      {"model":"m-1","stream":true,"instructions":"Be terse.","store":false,
      "input":[{"type":"message","role":"user","content":"Weather in Köln?"},
        {"type":"function_call","call_id":"c1","name":"weather","arguments":"{\"city\":\"Köln\"}"},
        {"type":"function_call_output","call_id":"c1","output":"12 degrees"},
        {"type":"message","role":"user","content":"And the time?"}],
      "tools":[{"type":"function","name":"weather","description":"The weather of a city.",
        "parameters":\#(Question.schema)}],"max_output_tokens":64}
      """#)

  private static let usage =
    #"{"input_tokens":20,"input_tokens_details":{"cached_tokens":4},"output_tokens":7,"#
    + #""output_tokens_details":{"reasoning_tokens":3},"total_tokens":27}"#

  private static func event(_ name: String, _ members: String) -> (String?, String) {
    (name, #"{"type":"\#(name)",\#(members)}"#)
  }
}
