// One import suffices: matrices, random streams and scalars, and the files of data.
@_exported import IntrinsicData
@_exported import IntrinsicMath
