// One import is enough for programs. Documentation is built without: its pages would list every type twice.
#if !DOCUMENTATION
  @_exported import IntrinsicData
  @_exported import IntrinsicMath
#endif
