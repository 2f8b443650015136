public import ApusFiles
import ApusJSON

extension Transformer {
  /// - Throws: `ModelError` for an unknown family, a hyperparameter that is missing or out of
  ///   range, a tensor that is missing or misshapen.
  public init(_ directory: ModelDirectory) throws(ModelError) {
    guard let type = directory.config["model_type"]?.string else {
      throw .missing(key: "config.json: model_type")
    }
    let architecture = try Architecture.named(modelType: type)
    try self.init(
      architecture, try Hyperparameters(config: directory.config, architecture: architecture),
      TensorSource(directory, architecture: architecture))
  }
}
