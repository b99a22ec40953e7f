using System.Text.Json;
using System.Text.Unicode;

namespace Purser.Providers.Translation;

/// <summary>What reading the errors of all formats has in common.</summary>
internal static class ErrorBody
{
    private const int LongestCode = 64;
    private const int LongestMessage = 4000;

    /// <summary>Reads a body as a JSON object.</summary>
    public static bool TryRead(ReadOnlySpan<byte> body, out JsonElement root)
    {
        root = default;
        if (!Utf8.IsValid(body))
        {
            return false;
        }
        try
        {
            root = JsonDocument.Parse(body.ToArray(), new JsonDocumentOptions { MaxDepth = 256 }).RootElement;
            // Google's vendors put the object into a list.
            root = root.ValueKind == JsonValueKind.Array && root.GetArrayLength() > 0 ? root[0] : root;
            return root.ValueKind == JsonValueKind.Object;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    /// <summary>An error from what a body says. Control characters are taken out, and long texts are cut.</summary>
    public static WireError Error(int status, string? code, string? message, string? param = null) =>
        new(
            status,
            JsonReading.Clean(code, LongestCode) ?? Code(status),
            JsonReading.Clean(message, LongestMessage) ?? Unreadable(status).Message,
            JsonReading.Clean(param, LongestCode)
        );

    /// <summary>The error of a body that says nothing.</summary>
    public static WireError Unreadable(int status) => new(status, Code(status), $"The provider answered with the status {status}.");

    /// <summary>The status that an error within a stream would have had, by its name; 500 for what isn't known.</summary>
    public static int Status(string? code) =>
        code switch
        {
            "invalid_request_error" => 400,
            "authentication_error" => 401,
            "billing_error" or "insufficient_quota" => 402,
            "permission_error" => 403,
            "not_found_error" => 404,
            "request_too_large" => 413,
            "rate_limit_error" or "rate_limit_exceeded" => 429,
            "timeout_error" => 504,
            "overloaded_error" => 529,
            _ => 500,
        };

    /// <summary>A name for a status.</summary>
    public static string Code(int status) =>
        status switch
        {
            401 => "authentication_error",
            402 => "billing_error",
            403 => "permission_error",
            404 => "not_found_error",
            413 => "request_too_large",
            429 => "rate_limit_error",
            529 => "overloaded_error",
            >= 500 => "api_error",
            _ => "invalid_request_error",
        };
}
