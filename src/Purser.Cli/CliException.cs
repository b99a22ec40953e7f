namespace Purser.Cli;

/// <summary>
/// Ends a command with a message for the person and an exit code for the script. It is thrown where a command can't go on, and
/// caught in one place, <see cref="PurserCommandLine"/>.
/// </summary>
/// <param name="exitCode">One of <see cref="ExitCode"/>.</param>
/// <param name="message">What is wrong, in one sentence without a full stop.</param>
/// <param name="hint">What to do about it; null where nothing can be said.</param>
internal sealed class CliException(int exitCode, string message, string? hint = null) : Exception(message)
{
    /// <summary>One of <see cref="Cli.ExitCode"/>.</summary>
    public int ExitCode { get; } = exitCode;

    /// <summary>What to do about it.</summary>
    public string? Hint { get; } = hint;

    /// <summary>The command line or a file that it names is wrong.</summary>
    public static CliException Usage(string message, string? hint = null) => new(Cli.ExitCode.Usage, message, hint);

    /// <summary>It could not be done.</summary>
    public static CliException Failed(string message, string? hint = null) => new(Cli.ExitCode.Failed, message, hint);
}
