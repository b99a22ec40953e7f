namespace Purser.Bench.Targets;

/// <summary>Something to measure: a way to start a proxy in front of the upstream, and what its clients must send.</summary>
internal abstract class Target(string name)
{
    /// <summary>The name in the tables and in <c>--only</c>.</summary>
    public string Name { get; } = name;

    /// <summary>For one feature switched off: the target that has them all. Null for a target of its own.</summary>
    public virtual string? VariantOf => null;

    /// <summary>Headers beyond <c>content-type</c> that every request carries.</summary>
    public virtual IReadOnlyDictionary<string, string> Headers { get; } =
        new Dictionary<string, string> { ["Authorization"] = "Bearer sk-bench-0000" };

    public virtual IReadOnlyDictionary<string, string> Environment { get; } = new Dictionary<string, string>();

    /// <summary>The program and its arguments; null where there is nothing to start (the client speaks to the upstream).</summary>
    /// <param name="folder">A folder of this target's own for files, which exists.</param>
    public abstract IReadOnlyList<string>? Command(string folder, int port, Uri upstream);

    /// <summary>What is to be done once, after the first start and before the first request.</summary>
    /// <param name="log">The file with what the program has printed so far.</param>
    public virtual Task PrepareAsync(Uri url, string log, CancellationToken cancellation) => Task.CompletedTask;
}
