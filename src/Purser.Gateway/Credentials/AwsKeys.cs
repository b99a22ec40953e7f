using System.Text.Json;

namespace Purser.Gateway.Credentials;

/// <summary>The keys of an AWS account, which requests are signed with.</summary>
/// <param name="AccessKey">The id of the access key, which is no secret.</param>
/// <param name="SecretKey">The secret access key. It's never sent.</param>
/// <param name="SessionToken">What goes with keys that hold for a time; null for keys of their own. It's sent with each request.</param>
internal sealed record AwsKeys(string AccessKey, string SecretKey, string? SessionToken)
{
    /// <summary>How a stored one is written, for people.</summary>
    public const string Forms =
        "ID:SECRET, ID:SECRET:SESSION-TOKEN, or the JSON that 'aws configure export-credentials' and 'aws sts' write (AccessKeyId, SecretAccessKey, SessionToken)";

    private const int FewestParts = 2;
    private const int MostParts = 3;

    /// <summary>Reads keys in one of the <see cref="Forms"/>; null where they are in none.</summary>
    public static AwsKeys? TryParse(string text) => text.TrimStart().StartsWith('{') ? FromJson(text) : FromParts(text.Trim().Split(':'));

    /// <inheritdoc/>
    /// <remarks>Without the secrets.</remarks>
    public override string ToString() => AccessKey;

    private static AwsKeys? FromParts(string[] parts) =>
        parts.Length is >= FewestParts and <= MostParts && parts.All(IsPlain)
            ? new AwsKeys(parts[0], parts[1], parts.Length == MostParts ? parts[2] : null)
            : null;

    private static AwsKeys? FromJson(string text)
    {
        try
        {
            using var document = JsonDocument.Parse(text);
            var root = document.RootElement;
            // What 'aws sts' writes has them one level down.
            root = root.TryGetProperty("Credentials", out var inner) ? inner : root;
            var keys = new AwsKeys(Text(root, "AccessKeyId") ?? "", Text(root, "SecretAccessKey") ?? "", Text(root, "SessionToken"));
            return IsPlain(keys.AccessKey) && IsPlain(keys.SecretKey) && (keys.SessionToken is null || IsPlain(keys.SessionToken))
                ? keys
                : null;
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    private static string? Text(JsonElement root, string name) =>
        root.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static bool IsPlain(string text) => text.Length > 0 && text.All(c => c is > ' ' and <= '~');
}
