namespace Purser.Gateway;

/// <summary>How this process uses its sockets.</summary>
public static class SocketTuning
{
    /// <summary>
    /// Runs what follows a socket's completion on the thread that saw it, instead of handing it to the pool: a proxy does little
    /// between two completions, and the hand-over was most of its cost (benchmarks/README.md has the figures). Whatever may take long
    /// must leave that thread first. The runtime reads this once, before the first socket, and from the environment alone; who sets
    /// the variable himself is not overruled.
    /// </summary>
    public static void Apply()
    {
        const string variable = "DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS";
        if (Environment.GetEnvironmentVariable(variable) is null)
        {
            Environment.SetEnvironmentVariable(variable, "1");
        }
    }
}
