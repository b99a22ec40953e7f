using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Purser.Core.Ledger;

/// <summary>One hash over several texts. Each is preceded by its length, so that no two lists of texts share their bytes.</summary>
internal static class ContentHash
{
    private const int MostOnStack = 1024;

    /// <summary>SHA-256 over the texts; absent and empty are different things.</summary>
    public static byte[] Of(params ReadOnlySpan<string?> texts)
    {
        var length = 0;
        foreach (var text in texts)
        {
            length += sizeof(int) + Encoding.UTF8.GetByteCount(text ?? "");
        }

        var all = length <= MostOnStack ? stackalloc byte[MostOnStack] : new byte[length];
        var rest = all;
        foreach (var text in texts)
        {
            var bytes = Encoding.UTF8.GetBytes(text ?? "", rest[sizeof(int)..]);
            BinaryPrimitives.WriteInt32LittleEndian(rest, text is null ? -1 : bytes);
            rest = rest[(sizeof(int) + bytes)..];
        }

        return SHA256.HashData(all[..length]);
    }
}
