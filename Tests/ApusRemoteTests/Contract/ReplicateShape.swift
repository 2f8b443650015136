import ApusCore
import ApusJSON

extension Shape {
  /// The second answer, to the call that the first one names; the first is a prediction.
  static let replicate = Shape(
    sources: [
      "https://replicate.com/docs/reference/http#predictions.create",
      "https://replicate.com/docs/topics/predictions/streaming",
      "https://replicate.com/docs/topics/predictions/rate-limits",
    ],
    path: "/predictions",
    stream: .events([
      ("output", "Hel"), ("output", "lo w"), ("output", "örld"), ("done", "{}"),
    ]),
    whole: .json(
      #"{"id":"p","status":"succeeded","error":null,"output":["Hel","lo w","örld"],"urls":{},"#
        + #""metrics":{"predict_time":0.1,"input_token_count":20,"output_token_count":7}}"#),
    toolStream: .events([]), toolWhole: .json("{}"), thinks: false,
    usage: .expected(cached: 0),
    errors: [
      Failure(400, #"{"title":"Bad request","detail":"Bad.","status":400}"#, .invalidRequest),
      Failure(401, #"{"title":"Unauthenticated","detail":"No.","status":401}"#, .authentication),
      Failure(
        402, #"{"title":"Insufficient credit","detail":"Pay.","status":402}"#, .authentication),
      Failure(403, #"{"title":"Forbidden","detail":"No.","status":403}"#, .authentication),
      Failure(404, #"{"title":"Not found","detail":"No.","status":404}"#, .modelNotFound),
      Failure(
        422, #"{"title":"Input validation failed","detail":"- input.x","status":422}"#,
        .invalidRequest),
      Failure(
        429, #"{"detail":"Request was throttled.","status":429,"retry_after":10}"#, .rateLimited,
        retryAfter: .seconds(10)),
      Failure(500, #"{"detail":"Internal server error","status":500}"#, .upstream),
    ],
    errorInside: .events([
      ("output", "Hel"), ("error", #"{"detail":"Something went wrong"}"#),
    ]),
    errorInsideCode: .badResponse,
    expected: #"""
      {"version":"m-1","stream":true,"input":{"system_prompt":"Be terse.","prompt":"Hi",
      "temperature":0.0,"max_tokens":64,"top_p":0.5,"top_k":5,"stop_sequences":"END","seed":7}}
      """#)
}
