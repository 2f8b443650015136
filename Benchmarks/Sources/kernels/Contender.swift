import ApusBlocks
import ApusKernels

/// One way to compute a product: a kernel table as it stands, with rows or with tiles alone, or
/// BLAS.
struct Contender {
  var name: String
  var table: KernelTable
  var mode = Compute.MatmulMode.simd
  /// The instruction set, whose peaks are the bounds.
  var instructions: String

  /// The tables that this processor can run, slowest first; then what their choice between rows
  /// and tiles is made of; then BLAS on top of the best one.
  static func all(_ options: Options) -> [Contender] {
    let tables = KernelTable.available
    var found = tables.map { Contender(name: $0.name, table: $0, instructions: $0.name) }
    for table in tables where table.name != "portable" {
      for (suffix, minimum) in [("rows", Int.max), ("tiles", 1)] {
        found.append(
          Contender(
            name: "\(table.name)-\(suffix)", table: from(table, tileMinimum: minimum),
            instructions: table.name))
      }
    }
    if Compute.hasBLAS {
      found.append(
        Contender(
          name: "blas", table: .best, mode: .blas, instructions: KernelTable.best.name))
    }
    return found.filter { options.wants(kernel: $0.name) }
  }

  private static func from(_ table: KernelTable, tileMinimum: Int) -> KernelTable {
    var table = table
    for format in BlockFormat.allCases { table[format].tileMinimum = tileMinimum }
    return table
  }

  func compute(_ workers: Workers) -> Compute {
    Compute(workers: workers, table: table, matmulMode: mode)
  }
}
