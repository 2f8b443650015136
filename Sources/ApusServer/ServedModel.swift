#if Tools
  import ApusCore
  import HTTPTypes

  /// The model behind the API, with the name under which clients ask for it.
  struct ServedModel: Sendable {
    let model: any LanguageModel
    /// Seconds since 1970, shown as `created`.
    let created: Int

    var id: String { model.name }

    /// - Throws: `APIError` 404 where a request names another model. Names are compared, never
    ///   looked up as paths.
    func check(_ name: String?) throws(APIError) {
      guard let name, name != id, name != "default", name != "apus" else { return }
      throw APIError(
        status: .notFound, code: "model_not_found",
        message: "There is no model of that name here; GET /v1/models lists what is served.",
        field: "model")
    }
  }
#endif
