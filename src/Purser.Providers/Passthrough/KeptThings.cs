using System.Text.Json;

namespace Purser.Providers.Passthrough;

/// <summary>
/// What a body names that the provider keeps: files, cached contents, containers and the like. They are in the organization's account there, and in a body of
/// any form nobody can tell whose each is.
/// </summary>
public static class KeptThings
{
    private static readonly HashSet<string> Names = new(
        [
            "file_id",
            "file_ids",
            "fileId",
            "fileIds",
            "cachedContent",
            "cached_content",
            "container",
            "container_id",
            "previous_response_id",
            "conversation_id",
            "vector_store_ids",
            "library_ids",
        ],
        StringComparer.OrdinalIgnoreCase
    );

    private static readonly HashSet<string> Addresses = new(["fileUri", "file_uri"], StringComparer.OrdinalIgnoreCase);

    /// <summary>The first member of a body that names such a thing; null where none does. A member without a value names nothing.</summary>
    /// <param name="body">The whole body.</param>
    /// <exception cref="JsonException">The body is no JSON, or is nested more than 64 deep.</exception>
    /// <exception cref="InvalidOperationException">It has text that is no Unicode.</exception>
    public static string? Find(ReadOnlySpan<byte> body)
    {
        var reader = new Utf8JsonReader(body);
        string? found = null;
        // It's read to its end: what isn't JSON there may be read otherwise by others.
        while (reader.Read())
        {
            if (reader.TokenType != JsonTokenType.PropertyName)
            {
                continue;
            }
            var name = reader.GetString()!;
            reader.Read();
            var isNamed = reader.TokenType switch
            {
                JsonTokenType.String => Names.Contains(name) || (Addresses.Contains(name) && !IsElsewhere(reader.GetString()!)),
                JsonTokenType.StartArray => Names.Contains(name),
                // Else it's a member of a tool's schema, which only has the same name.
                JsonTokenType.StartObject => name.Equals("container", StringComparison.OrdinalIgnoreCase),
                _ => false,
            };
            found ??= isNamed ? name : null;
        }
        return found;
    }

    /// <summary>Whether an address is the web's or Cloud Storage's. Gemini's own files have addresses too, or names without one.</summary>
    internal static bool IsElsewhere(string uri) =>
        uri.StartsWith("gs://", StringComparison.OrdinalIgnoreCase)
        || (
            uri.StartsWith("http", StringComparison.OrdinalIgnoreCase)
            && !uri.Contains("generativelanguage", StringComparison.OrdinalIgnoreCase)
        );
}
