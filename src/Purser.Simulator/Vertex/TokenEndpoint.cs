using System.Globalization;
using System.Text;
using System.Text.Json;
using Purser.Simulator.Answers;
using Purser.Simulator.Gemini;
using Purser.Simulator.Http;
using Purser.Simulator.Requests;

namespace Purser.Simulator.Vertex;

/// <summary>
/// Google's OAuth token endpoint for service accounts (RFC 7523): it takes a signed assertion, of which it checks the shape alone, and
/// gives an access token that says itself when it expires.
/// </summary>
internal static class TokenEndpoint
{
    private const string JwtBearer = "urn:ietf:params:oauth:grant-type:jwt-bearer";

    // Real tokens start so. What follows is the Unix second at which it expires.
    private const string Prefix = "ya29.sim.";

    /// <summary>What is wrong with the token of a request; null when nothing is. Any token passes but one of the simulator's that has expired.</summary>
    public static RequestError? Check(ReadOnlySpan<char> token, TimeProvider time)
    {
        if (token.IsEmpty)
        {
            return GoogleErrors.MissingToken;
        }

        if (!token.StartsWith(Prefix, StringComparison.Ordinal))
        {
            return null;
        }

        var rest = token[Prefix.Length..];
        var end = rest.IndexOf('.');
        return
            end > 0
            && long.TryParse(rest[..end], NumberStyles.None, CultureInfo.InvariantCulture, out var expires)
            && expires > time.GetUtcNow().ToUnixTimeSeconds()
            ? null
            : GoogleErrors.ExpiredToken;
    }

    /// <summary>Answers a request for a token.</summary>
    /// <param name="to">Takes the answer's body.</param>
    /// <param name="form">The request's form.</param>
    /// <param name="lifetime">How long the token is good.</param>
    /// <param name="now">The time.</param>
    /// <param name="seed">What the token is drawn from.</param>
    /// <returns>The HTTP status: 200 or 400.</returns>
    public static int Answer(OutputBuffer to, string form, TimeSpan lifetime, DateTimeOffset now, ulong seed)
    {
        var fields = Fields(form);
        if (fields.GetValueOrDefault("grant_type") is not { } grant)
        {
            return Refuse(to, "invalid_request", "Required parameter is missing: grant_type");
        }

        if (grant != JwtBearer)
        {
            return Refuse(to, "unsupported_grant_type", $"Invalid grant_type: {grant}");
        }

        if (Claims(fields.GetValueOrDefault("assertion") ?? "") is not { } claims)
        {
            return Refuse(to, "invalid_grant", "Bad Request");
        }

        if (Json.Text(claims, "iss") is not { Length: > 0 } || Json.Text(claims, "aud") is not { Length: > 0 })
        {
            return Refuse(to, "invalid_grant", "Invalid JWT: the assertion lacks iss or aud.");
        }

        if (
            Json.Integer(claims, "iat") is not { } issued
            || Json.Integer(claims, "exp") is not { } until
            || until <= issued
            || until - issued > 3600
        )
        {
            return Refuse(
                to,
                "invalid_grant",
                "Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe. Check your iat and exp values in the JWT "
                    + "claim."
            );
        }

        var random = new SeededRandom(seed);
        var expires = (now + lifetime).ToUnixTimeSeconds();
        to.Add("{\"access_token\":\""u8).AddAscii(Prefix).Add(expires).Add("."u8).AddAscii(Ids.AccessToken(ref random));

        // Google says a second less than it grants.
        to.Add("\",\"expires_in\":"u8).Add(Math.Max(1, (long)lifetime.TotalSeconds - 1)).Add(",\"token_type\":\"Bearer\"}"u8);
        return 200;
    }

    private static int Refuse(OutputBuffer to, string error, string description)
    {
        to.Add("{\"error\":"u8).AddJson(error).Add(",\"error_description\":"u8).AddJson(description).Add("}"u8);
        return 400;
    }

    private static Dictionary<string, string> Fields(string form) =>
        Microsoft.AspNetCore.WebUtilities.QueryHelpers.ParseQuery(form).ToDictionary(field => field.Key, field => field.Value.ToString());

    // Three parts in base 64 for URLs; the header names an algorithm, the claims are an object.
    private static JsonElement? Claims(string assertion)
    {
        var parts = assertion.Split('.');
        if (parts.Length != 3 || parts[2].Length == 0)
        {
            return null;
        }

        try
        {
            var header = Decode(parts[0]);
            var claims = Decode(parts[1]);
            return Json.Text(header, "alg") is not null && claims.ValueKind == JsonValueKind.Object ? claims : null;
        }
        catch (Exception exception) when (exception is FormatException or JsonException)
        {
            return null;
        }
    }

    private static JsonElement Decode(string part)
    {
        var utf8 = Microsoft.AspNetCore.WebUtilities.WebEncoders.Base64UrlDecode(part);
        return JsonDocument.Parse(Encoding.UTF8.GetString(utf8)).RootElement;
    }
}
