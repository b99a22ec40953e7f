using System.Security.Cryptography;
using System.Text;

namespace Purser.Core.Ledger;

/// <summary>One hash over several texts. Each is preceded by its length, so that no two lists of texts share their bytes.</summary>
internal static class ContentHash
{
    /// <summary>SHA-256 over the texts; absent and empty are different things.</summary>
    public static byte[] Of(params ReadOnlySpan<string?> texts)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var text in texts)
        {
            var bytes = text is null ? [] : Encoding.UTF8.GetBytes(text);
            hash.AppendData(BitConverter.GetBytes(text is null ? -1 : bytes.Length));
            hash.AppendData(bytes);
        }

        return hash.GetHashAndReset();
    }
}
