using System.Buffers.Text;
using System.Security.Cryptography;
using Purser.Gateway.Configuration;

namespace Purser.Gateway.Credentials;

/// <summary>
/// The key that providers' credentials are encrypted under. It comes from outside the data folder, so that neither the folder nor a backup of
/// it gives a credential away.
/// </summary>
public sealed class MasterKey
{
    /// <summary>The environment variable that it's taken from.</summary>
    public const string Variable = "PURSER_MASTER_KEY";

    /// <summary>How to make one, for people.</summary>
    public const string HowToMake = "purser credentials new-master-key";

    // A file that is larger holds something else.
    private const int LargestFile = 4096;
    private const int Shortest = 32;
    private const UnixFileMode OthersMode =
        UnixFileMode.GroupRead
        | UnixFileMode.GroupWrite
        | UnixFileMode.GroupExecute
        | UnixFileMode.OtherRead
        | UnixFileMode.OtherWrite
        | UnixFileMode.OtherExecute;

    private readonly byte[] bytes;

    private MasterKey(byte[] bytes) => this.bytes = bytes;

    /// <summary>At least 32 bytes.</summary>
    internal ReadOnlySpan<byte> Bytes => bytes;

    /// <summary>The text of a new one: 256 random bits, base64.</summary>
    public static string New() => Convert.ToBase64String(RandomNumberGenerator.GetBytes(Shortest));

    /// <summary>Reads one from the environment or from its file; null where neither is given.</summary>
    /// <param name="file">The file, or null.</param>
    /// <param name="dataDirectory">The data folder, which the file must not lie in.</param>
    /// <param name="environment">Looks up environment variables.</param>
    /// <param name="variable">The variable that it's in.</param>
    /// <exception cref="InvalidConfigurationException">It's given twice, isn't one, or isn't kept well.</exception>
    public static MasterKey? Load(string? file, string dataDirectory, Func<string, string?> environment, string variable = Variable)
    {
        var text = environment(variable);
        if (string.IsNullOrEmpty(text))
        {
            return file is null ? null : ReadFile(file, dataDirectory);
        }

        return file is not null
                ? throw Wrong($"The master key is given twice: in {variable} and in the file '{file}'. Take one of the two away.")
            : TryDecode(text) is { } decoded ? new MasterKey(decoded)
            : throw NoKey($"{variable} isn't a master key");
    }

    /// <summary>Reads one from a file.</summary>
    /// <param name="file">The file; what is around the key in white space doesn't matter.</param>
    /// <param name="dataDirectory">The data folder, which the file must not lie in.</param>
    /// <exception cref="InvalidConfigurationException">
    /// The file can't be read, lies in the data folder, may be read by others than its owner (on Unix), or holds no key.
    /// </exception>
    public static MasterKey ReadFile(string file, string dataDirectory)
    {
        try
        {
            var info = new FileInfo(Path.GetFullPath(file));
            if (!info.Exists)
            {
                throw Wrong($"There is no master key file '{file}'. Make one: {HowToMake} > '{file}'");
            }

            // Where the key really is counts, not the name that it's called by.
            var target = info.ResolveLinkTarget(returnFinalTarget: true)?.FullName ?? info.FullName;
            var names = (string[])[info.FullName, Real(info.FullName), Real(target)];
            if (names.Any(name => IsWithin(name, Path.GetFullPath(dataDirectory)) || IsWithin(name, Real(Path.GetFullPath(dataDirectory)))))
            {
                throw Wrong(
                    $"The master key file '{file}' lies in the data folder, next to what it encrypts. Keep it elsewhere, and out of backups of the folder."
                );
            }

            if (!OperatingSystem.IsWindows() && (File.GetUnixFileMode(target) & OthersMode) != 0)
            {
                throw Wrong($"The master key file '{file}' may be used by others than its owner. Close it: chmod 600 '{file}'");
            }

            return info.Length <= LargestFile && TryDecode(File.ReadAllText(target)) is { } decoded
                ? new MasterKey(decoded)
                : throw NoKey($"The file '{file}' holds no master key");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw Wrong($"The master key file '{file}' can't be read: {exception.Message}");
        }
    }

    /// <inheritdoc/>
    /// <remarks>Without the key.</remarks>
    public override string ToString() => "a master key";

    /// <summary>The bytes of a text in hexadecimal or base64 (either alphabet); null where they are fewer than 32, or none.</summary>
    private static byte[]? TryDecode(string text)
    {
        text = text.Trim();
        byte[]? decoded;
        try
        {
            decoded =
                text.All(char.IsAsciiHexDigit) ? Convert.FromHexString(text)
                : text.AsSpan().IndexOfAny('-', '_') >= 0 ? Base64Url.DecodeFromChars(text.TrimEnd('='))
                : Convert.FromBase64String(text.PadRight((text.Length + 3) / 4 * 4, '='));
        }
        catch (FormatException)
        {
            return null;
        }

        return decoded.Length >= Shortest ? decoded : null;
    }

    /// <summary>A path with the links in it followed, folder by folder.</summary>
    private static string Real(string path)
    {
        if (Path.GetDirectoryName(path) is not { } folder)
        {
            return path;
        }

        var here = Path.Combine(Real(folder), Path.GetFileName(path));
        return Directory.Exists(here) ? Directory.ResolveLinkTarget(here, returnFinalTarget: true)?.FullName ?? here : here;
    }

    private static bool IsWithin(string path, string folder) =>
        Path.GetRelativePath(folder, path) is var relative
        && !Path.IsPathRooted(relative)
        && relative != ".."
        && !relative.StartsWith(".." + Path.DirectorySeparatorChar, StringComparison.Ordinal);

    private static InvalidConfigurationException NoKey(string what) =>
        Wrong($"{what}: it must be at least {Shortest} random bytes, in base64 or hexadecimal. Make one: {HowToMake}");

    private static InvalidConfigurationException Wrong(string error) => new([error]);
}
