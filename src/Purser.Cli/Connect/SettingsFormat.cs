using System.Text.Json.Nodes;

namespace Purser.Cli.Connect;

/// <summary>
/// Edits the text of a settings file in place: what isn't edited stays as it is, byte for byte, with its comments and spacing.
/// These are other people's files.
/// </summary>
internal abstract class SettingsFormat
{
    /// <summary>JSON, with or without comments and trailing commas.</summary>
    public static SettingsFormat Json { get; } = new JsonSettings();

    /// <summary>TOML.</summary>
    public static SettingsFormat Toml { get; } = new TomlSettings();

    /// <summary>Lines of <c>NAME=value</c>.</summary>
    public static SettingsFormat DotEnv { get; } = new DotEnvSettings();

    /// <summary>The format's name, as the record of a connection has it.</summary>
    public abstract string Name { get; }

    /// <summary>The format of this name.</summary>
    public static SettingsFormat Named(string name) =>
        new[] { Json, Toml, DotEnv }.FirstOrDefault(format => format.Name == name)
        ?? throw CliException.Failed($"the record of this connection names a format that this version doesn't know: {name}");

    /// <summary>The value at a path, or null where there is none.</summary>
    /// <exception cref="FormatException">The text isn't of this format.</exception>
    public abstract JsonNode? Get(string text, IReadOnlyList<string> path);

    /// <summary>The text with a value at a path, whatever was there before.</summary>
    /// <exception cref="FormatException">The text isn't of this format, or not in a shape that can be edited.</exception>
    public abstract string Set(string text, IReadOnlyList<string> path, JsonNode value);

    /// <summary>The text without what is at a path.</summary>
    /// <exception cref="FormatException">The text isn't of this format, or not in a shape that can be edited.</exception>
    public abstract string Remove(string text, IReadOnlyList<string> path);

    /// <summary>The line break that a text uses.</summary>
    protected static string LineBreak(string text) => text.Contains("\r\n", StringComparison.Ordinal) ? "\r\n" : "\n";
}

/// <summary>One value to put into a settings file.</summary>
/// <param name="Path">Where: the names from the root down.</param>
/// <param name="Value">What; null: it's taken out.</param>
/// <param name="Secret">Whether the value has the key in it, so that it isn't printed.</param>
internal sealed record SettingsEdit(IReadOnlyList<string> Path, JsonNode? Value, bool Secret = false)
{
    /// <summary>Makes the value of what is there (null: nothing), where other things than Purser's are in it too; it goes before <see cref="Value"/>.</summary>
    public Func<JsonNode?, JsonNode?>? Merge { get; init; }
}

/// <summary>The edits of one file.</summary>
internal sealed record SettingsFile(string Path, SettingsFormat Format, IReadOnlyList<SettingsEdit> Edits);
