// What `import Apus` brings: the modules that a consumer's code names types of.
@_exported public import ApusBlocks
@_exported public import ApusCore
@_exported public import ApusEngine
@_exported public import ApusFiles
@_exported public import ApusJSON
@_exported public import ApusKernels
@_exported public import ApusRemote
@_exported public import ApusRouter
@_exported public import ApusStore
@_exported public import ApusText
