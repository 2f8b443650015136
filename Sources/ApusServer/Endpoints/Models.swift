#if Tools
  import ApusJSON
  import Hummingbird

  /// `GET /v1/models` and `GET /v1/models/{id}`.
  struct Models: Sendable {
    let served: ServedModel

    private var entry: JSON {
      [
        "id": .string(served.id), "object": "model", "created": .integer(served.created),
        "owned_by": "apus",
      ]
    }

    func list() -> Hummingbird.Response {
      Response(json: ["object": "list", "data": [entry]])
    }

    func one(_ id: String) throws -> Hummingbird.Response {
      try served.check(id)
      return Response(json: entry)
    }
  }
#endif
