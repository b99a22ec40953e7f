using System.Text.Json;

namespace Purser.Cli.WhatIf;

/// <summary>Finds session logs and reads them line by line. They are only read.</summary>
internal static class LogFiles
{
    private static readonly JsonDocumentOptions Json = new() { MaxDepth = 256 };

    // A loop of links would never end.
    private static readonly EnumerationOptions All = new()
    {
        RecurseSubdirectories = true,
        IgnoreInaccessible = true,
        AttributesToSkip = FileAttributes.ReparsePoint,
    };

    /// <summary>Where Claude Code keeps its logs: in <c>CLAUDE_CONFIG_DIR</c>, else in <c>~/.claude</c> and <c>~/.config/claude</c>.</summary>
    public static IEnumerable<string> ClaudeFolders(CliContext context) =>
        context.Variable("CLAUDE_CONFIG_DIR") is { } given
            ? given.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(context.FullPath)
            : [Path.Combine(context.Home, ".claude"), Path.Combine(context.Home, ".config", "claude")];

    /// <summary>Where Codex keeps its logs: in <c>CODEX_HOME</c>, else in <c>~/.codex</c>.</summary>
    public static string CodexFolder(CliContext context) =>
        context.Variable("CODEX_HOME") is { } given ? context.FullPath(given) : Path.Combine(context.Home, ".codex");

    /// <summary>The logs in a folder, by name: in the named parts of it where it has one of them, else in all of it. None where there is no folder.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="parts">The names of the folders in it that logs are in.</param>
    public static IEnumerable<string> In(string folder, params string[] parts)
    {
        var within = parts.Select(part => Path.Combine(folder, part)).Where(Directory.Exists).ToList();
        return (within.Count > 0 ? within : [folder])
            .Where(Directory.Exists)
            .SelectMany(path => Directory.EnumerateFiles(path, "*.jsonl", All))
            .OrderBy(Path.GetFileName, StringComparer.Ordinal)
            .ThenBy(path => path, StringComparer.Ordinal);
    }

    /// <summary>Reads the lines of a log. What is no JSON object is counted, and so is a file that can't be read.</summary>
    /// <param name="file">The log.</param>
    /// <param name="tally">Where that is counted.</param>
    /// <param name="take">Takes each object. What it throws for a text that isn't Unicode makes the line a bad one.</param>
    public static void Read(string file, LogTally tally, Action<JsonElement> take)
    {
        try
        {
            using var input = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 1);
            var lines = new WholeLines(input);
            while (lines.TryRead(out var line))
            {
                if (!TryTake(line, take))
                {
                    tally.Unfinished += lines.IsUnended ? 1 : 0;
                    tally.BadLines += lines.IsUnended ? 0 : 1;
                }
            }
            tally.BadLines += lines.TooLong;
            tally.Files++;
        }
        catch (Exception wrong) when (wrong is IOException or UnauthorizedAccessException)
        {
            tally.UnreadableFiles++;
        }
    }

    private static bool TryTake(ReadOnlyMemory<byte> line, Action<JsonElement> take)
    {
        try
        {
            using var document = JsonDocument.Parse(line, Json);
            if (document.RootElement.ValueKind != JsonValueKind.Object)
            {
                return false;
            }
            take(document.RootElement);
            return true;
        }
        catch (Exception wrong) when (wrong is JsonException or InvalidOperationException)
        {
            return false;
        }
    }
}
