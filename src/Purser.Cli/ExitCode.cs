namespace Purser.Cli;

/// <summary>What the process's exit code means. Scripts rely on these: docs/cli.md lists them, and they don't change.</summary>
internal static class ExitCode
{
    /// <summary>Done.</summary>
    public const int Ok = 0;

    /// <summary>It could not be done, a check failed, or a comparison found a difference.</summary>
    public const int Failed = 1;

    /// <summary>The command line, or a file that it names, is wrong.</summary>
    public const int Usage = 2;

    /// <summary>The gateway (or the simulator) could not be reached.</summary>
    public const int Unreachable = 3;

    /// <summary>Not authorized: no admin key, or one that the gateway refuses.</summary>
    public const int NotAuthorized = 4;

    /// <summary>More was spent than a budget allows: what <c>hammer</c> found.</summary>
    public const int Overspent = 5;

    /// <summary>A bug in purser.</summary>
    public const int Bug = 70;

    /// <summary>Interrupted (Ctrl-C).</summary>
    public const int Interrupted = 130;
}
