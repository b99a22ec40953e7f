using System.Buffers.Text;
using System.Security.Cryptography;

namespace Purser.Gateway.Storage;

/// <summary>New ids for things of the control plane.</summary>
internal static class Ids
{
    /// <summary>A prefix, an underscore and 72 random bits.</summary>
    public static string New(string prefix) => $"{prefix}_{Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(9))}";
}
