using Purser.Cli.Output;

namespace Purser.Cli;

/// <summary>
/// Everything that a command takes from the process it runs in, so that a test can run a command with other streams, another
/// environment and another home folder.
/// </summary>
internal sealed class CliContext
{
    /// <summary>Results go here.</summary>
    public required TextWriter Out { get; init; }

    /// <summary>Errors, warnings and progress go here.</summary>
    public required TextWriter Error { get; init; }

    /// <summary>Whether a person reads <see cref="Out"/> in a terminal: then tables have borders and colours.</summary>
    public bool OutIsTerminal { get; init; }

    /// <summary>Whether a person reads <see cref="Error"/> in a terminal: then long work shows its progress.</summary>
    public bool ErrorIsTerminal { get; init; }

    /// <summary>Reads what a person types; null when nobody can answer.</summary>
    public TextReader? Input { get; init; }

    /// <summary>Asks a person for a secret without showing it; null when nobody can answer: then it's read from <see cref="OpenInput"/>.</summary>
    public Func<string, string>? AskSecret { get; init; }

    /// <summary>Opens the input of commands that read bytes.</summary>
    public Func<Stream> OpenInput { get; init; } = Console.OpenStandardInput;

    /// <summary>Opens the output of commands that write bytes.</summary>
    public Func<Stream> OpenOutput { get; init; } = Console.OpenStandardOutput;

    /// <summary>The environment's variables; null for one that isn't set.</summary>
    public required Func<string, string?> Environment { get; init; }

    /// <summary>The folder that clients keep their settings in, and relative paths start from.</summary>
    public required string WorkingDirectory { get; init; }

    /// <summary>The clock.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>The home folder (<c>HOME</c>, or <c>USERPROFILE</c>).</summary>
    /// <exception cref="CliException">Neither is set.</exception>
    public string Home =>
        Variable("HOME") ?? Variable("USERPROFILE") ?? throw CliException.Usage("HOME is not set", "Set HOME to your home folder.");

    /// <summary>The context of this process.</summary>
    public static CliContext ForProcess() =>
        new()
        {
            Out = Console.Out,
            Error = Console.Error,
            OutIsTerminal = !Console.IsOutputRedirected,
            ErrorIsTerminal = !Console.IsErrorRedirected,
            Input = Console.IsInputRedirected ? null : Console.In,
            AskSecret = Console.IsInputRedirected ? null : SecretPrompt.Ask,
            Environment = System.Environment.GetEnvironmentVariable,
            WorkingDirectory = System.Environment.CurrentDirectory,
        };

    /// <summary>A variable of the environment; an empty one counts as not set.</summary>
    public string? Variable(string name) => Environment(name) is { Length: > 0 } value ? value : null;

    /// <summary>The full path of a path given on the command line.</summary>
    public string FullPath(string path) => Path.GetFullPath(path, WorkingDirectory);

    /// <summary>Opens a file that is given on the command line to be read; <c>-</c> is <see cref="OpenInput"/>.</summary>
    /// <exception cref="IOException">It can't be read.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    public Stream OpenFile(string file) =>
        file == "-" ? OpenInput()
        : Directory.Exists(FullPath(file)) ? throw new IOException($"{file} is a folder")
        : File.OpenRead(FullPath(file));
}
