using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Purser.Cli.Connect;

/// <summary>
/// What connecting a client changed, kept beside its settings so that <c>--undo</c> can put everything back. It has no secret.
/// </summary>
internal sealed record ConnectionRecord(
    string Client,
    string Gateway,
    string Account,
    string KeyId,
    string KeyName,
    IReadOnlyList<RecordedFile> Files
)
{
    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        WriteIndented = true,
    };

    /// <summary>Where the record of a connection is: beside the client's first settings file.</summary>
    public static string PathFor(string settingsPath) => settingsPath + ".purser.json";

    /// <summary>Reads the record; null where there is none.</summary>
    /// <exception cref="CliException">It can't be read.</exception>
    public static ConnectionRecord? Read(string path)
    {
        if (!File.Exists(path))
        {
            return null;
        }

        try
        {
            return JsonSerializer.Deserialize<ConnectionRecord>(File.ReadAllText(path), Json);
        }
        catch (JsonException error)
        {
            throw CliException.Failed(
                $"{path} is damaged ({error.Message})",
                "Restore the settings from the .purser-backup file beside it, then delete it."
            );
        }
    }

    /// <summary>Writes the record.</summary>
    public void Write(string path) => PrivateFile.Write(path, JsonSerializer.Serialize(this, Json) + "\n");
}

/// <summary>One file of a connection.</summary>
/// <param name="Path">The settings file.</param>
/// <param name="Format">How it is written.</param>
/// <param name="Backup">The copy of what it was; null where there was no file.</param>
/// <param name="Written">The SHA-256 of what was written, which tells whether someone changed it since.</param>
/// <param name="Paths">What was set in it.</param>
internal sealed record RecordedFile(string Path, string Format, string? Backup, string Written, IReadOnlyList<IReadOnlyList<string>> Paths)
{
    /// <summary>The hash of a text.</summary>
    public static string Hash(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
}

/// <summary>Files that only their owner may read: they have keys in them.</summary>
internal static class PrivateFile
{
    /// <summary>
    /// Replaces a file's content in one step, so that a client never reads half of it. An existing file keeps its mode, a link
    /// keeps pointing where it does (settings are often linked into a dotfiles folder), and a new file is its owner's alone.
    /// </summary>
    public static void Write(string path, string text)
    {
        var target = File.Exists(path) ? File.ResolveLinkTarget(path, returnFinalTarget: true)?.FullName ?? path : path;
        Directory.CreateDirectory(Path.GetDirectoryName(target)!);
        var temporary = $"{target}.{Environment.ProcessId}.tmp";
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = File.Exists(target) ? File.GetUnixFileMode(target) : UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        using (var stream = new FileStream(temporary, options))
        {
            stream.Write(Encoding.UTF8.GetBytes(text));
        }

        File.Move(temporary, target, overwrite: true);
    }
}
