#if Tools
  import ApusCore
  import ApusRouter
  import HTTPTypes

  /// The model behind the API, with the name under which clients ask for it.
  struct ServedModel: Sendable {
    let model: any LanguageModel
    /// Seconds since 1970, shown as `created`.
    let created: Int

    var id: String { model.name }

    /// Names that stand for whatever is served.
    private var ownNames: [String] { [id, "default", "apus"] }

    /// A router has models of many names, which it knows best.
    private var isRouter: Bool { model is ApusRouter.Router || model is ReloadingRouter }

    /// The model that a router is to ask first.
    func routed(_ name: String?) -> String? {
      guard isRouter, let name, !ownNames.contains(name) else { return nil }
      return name
    }

    /// - Throws: `APIError` 404 where a request names another model. Names are compared, never
    ///   looked up as paths.
    func check(_ name: String?) throws(APIError) {
      guard let name, !isRouter, !ownNames.contains(name) else { return }
      throw APIError(
        status: .notFound, code: "model_not_found",
        message: "There is no model of that name here; GET /v1/models lists what is served.",
        field: "model")
    }
  }
#endif
