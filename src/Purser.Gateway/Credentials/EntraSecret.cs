using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;

namespace Purser.Gateway.Credentials;

/// <summary>
/// A stored credential of an application in Entra ID: a JSON object with <c>tenant_id</c>, <c>client_id</c>, and either <c>client_secret</c> or
/// <c>certificate</c> (PEM, with its private key).
/// </summary>
/// <param name="Tenant">The directory's id or domain.</param>
/// <param name="Client">The application's id.</param>
/// <param name="Secret">Its secret; null where it has a certificate.</param>
/// <param name="Certificate">Its certificate with the private key, in PEM; null where it has a secret.</param>
internal sealed record EntraSecret(string Tenant, string Client, string? Secret, string? Certificate)
{
    private const string Form =
        "A JSON object with tenant_id, client_id, and either client_secret or certificate (PEM, with its private key) is needed.";

    /// <summary>Reads the JSON, or says what is wrong with it.</summary>
    public static (EntraSecret? Secret, string? Problem) Read(string json)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            var root = document.RootElement;
            if (root.ValueKind != JsonValueKind.Object)
            {
                return (null, Form);
            }

            var read = new EntraSecret(
                Text(root, "tenant_id") ?? "",
                Text(root, "client_id") ?? "",
                Text(root, "client_secret"),
                Text(root, "certificate")
            );
            return
                read.Tenant.Length == 0
                || read.Client.Length == 0
                || !read.Tenant.All(IsName)
                || (read.Secret is null) == (read.Certificate is null)
                ? (null, Form)
                : (read, null);
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            return (null, Form);
        }
    }

    /// <summary>What is wrong with a secret, or null.</summary>
    public static string? ProblemOf(string json)
    {
        var (secret, problem) = Read(json);
        if (secret?.Certificate is null)
        {
            return problem;
        }

        try
        {
            secret.LoadCertificate().Dispose();
            return null;
        }
        catch (CryptographicException)
        {
            return "The certificate can't be read: it must be PEM, and its private key, unencrypted, must be with it.";
        }
    }

    /// <summary>The certificate with its key.</summary>
    /// <exception cref="CryptographicException">It isn't one.</exception>
    public X509Certificate2 LoadCertificate() => X509Certificate2.CreateFromPem(Certificate, Certificate);

    /// <inheritdoc/>
    /// <remarks>Without the secret.</remarks>
    public override string ToString() => $"{Tenant}/{Client}";

    private static bool IsName(char character) => char.IsAsciiLetterOrDigit(character) || character is '-' or '.';

    private static string? Text(JsonElement root, string name) =>
        root.TryGetProperty(name, out var value)
        && value is { ValueKind: JsonValueKind.String }
        && value.GetString() is { Length: > 0 } text
            ? text
            : null;
}
