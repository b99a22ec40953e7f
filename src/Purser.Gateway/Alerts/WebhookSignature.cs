using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Purser.Gateway.Alerts;

/// <summary>Signs by the Standard Webhooks specification, version 1.0.0, symmetrically (<c>v1</c>).</summary>
internal static class WebhookSignature
{
    /// <summary>What a secret starts with.</summary>
    public const string SecretPrefix = "whsec_";

    // What the specification allows.
    private const int LeastSecretBytes = 24;
    private const int MostSecretBytes = 64;

    /// <summary>The value of <c>webhook-signature</c>: one signature a secret, so that a secret can be changed without a gap.</summary>
    /// <param name="secrets">The secrets' bytes.</param>
    /// <param name="id">The message's id.</param>
    /// <param name="timestamp">When this attempt is made, in seconds since 1970.</param>
    /// <param name="body">The body's bytes as they are sent.</param>
    public static string Sign(IReadOnlyList<byte[]> secrets, string id, long timestamp, ReadOnlySpan<byte> body)
    {
        byte[] content = [.. Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{id}.{timestamp}.")), .. body];
        return string.Join(' ', secrets.Select(secret => $"v1,{Convert.ToBase64String(HMACSHA256.HashData(secret, content))}"));
    }

    /// <summary>The secrets in a text: <c>whsec_</c> and base64, of 24 to 64 bytes; two or more separated by spaces. Null where one is wrong.</summary>
    public static IReadOnlyList<byte[]>? ParseSecrets(string text)
    {
        var secrets = new List<byte[]>();
        foreach (var part in text.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            if (!part.StartsWith(SecretPrefix, StringComparison.Ordinal))
            {
                return null;
            }

            var buffer = new byte[part.Length];
            if (
                !Convert.TryFromBase64String(part[SecretPrefix.Length..], buffer, out var length)
                || length is < LeastSecretBytes or > MostSecretBytes
            )
            {
                return null;
            }

            secrets.Add(buffer[..length]);
        }

        return secrets.Count > 0 ? secrets : null;
    }
}
