namespace Purser.Bench;

/// <summary>How this program starts itself again, as upstream or as load generator.</summary>
internal static class Self
{
    /// <summary>Completions run on the socket's own thread: one core, nothing to hand over to.</summary>
    public static IReadOnlyDictionary<string, string> Environment { get; } =
        new Dictionary<string, string> { ["DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS"] = "1" };

    public static IReadOnlyList<string> Command(params string[] args) =>
        ["dotnet", Path.Combine(AppContext.BaseDirectory, "Purser.Bench.dll"), .. args];
}
