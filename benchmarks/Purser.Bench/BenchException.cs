namespace Purser.Bench;

/// <summary>The benchmark can't go on, for a reason that its user can read.</summary>
internal sealed class BenchException(string message) : Exception(message);
