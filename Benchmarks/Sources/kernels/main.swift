import ApusKernels
import Foundation

do {
  let options = try Options(Array(CommandLine.arguments.dropFirst()))
  let pools = (options.threads > 1 ? [1, options.threads] : [1]).map {
    WorkerPool(threadCount: $0)
  }
  let weights = Weights(megabytes: options.megabytes, columns: options.columns)
  let limits = Limits(weights)
  var report = Report(options)
  if options.wants(part: "limits") { report.limits = limits.measure(options, pools: pools) }
  if options.wants(part: "products") {
    report.products = Products.measure(options, weights, limits, pools: pools)
  }
  if options.wants(part: "attention") {
    report.attention = Attention.measure(options, limits, pools: pools)
  }
  if options.wants(part: "rows") { report.rows = Rows.measure(options) }
  if options.wants(part: "codecs") { report.codecs = Codecs.measure(options) }
  if options.wants(part: "together") { report.together = try await Together.measure(options) }
  print(options.json ? try report.json() : report.text())
} catch let wrong as Options.Wrong {
  FileHandle.standardError.write(Data((wrong.message + "\n").utf8))
  exit(2)
} catch {
  FileHandle.standardError.write(Data("kernels: \(error)\n".utf8))
  exit(1)
}
