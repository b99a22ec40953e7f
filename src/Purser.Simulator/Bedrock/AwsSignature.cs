using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Purser.Simulator.Requests;

namespace Purser.Simulator.Bedrock;

/// <summary>The signature of a request as AWS wants it (Signature Version 4), in its <c>Authorization</c> header.</summary>
internal sealed class AwsSignature
{
    private const string Algorithm = "AWS4-HMAC-SHA256";
    private const string Service = "bedrock";

    private readonly string[] scope;
    private readonly string[] signedHeaders;
    private readonly string signature;

    private AwsSignature(string[] scope, string[] signedHeaders, string signature) =>
        (this.scope, this.signedHeaders, this.signature) = (scope, signedHeaders, signature);

    /// <summary>The id of the key that signed.</summary>
    public string KeyId => scope[0];

    /// <summary>The region that it is signed for.</summary>
    public string Region => scope[2];

    /// <summary>Whether the request is signed at all, rightly or not.</summary>
    public static bool IsIn(HttpRequest request) =>
        request.Headers.Authorization.ToString().StartsWith(Algorithm, StringComparison.Ordinal);

    /// <summary>Reads the signature of a request, and checks all of it but the signature itself.</summary>
    /// <returns>Null, and why, when AWS would refuse its form.</returns>
    public static AwsSignature? Parse(HttpRequest request, out RequestError? error)
    {
        var fields = request
            .Headers.Authorization.ToString()[Algorithm.Length..]
            .Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
            .Select(field => field.Split('=', 2))
            .Where(field => field.Length == 2)
            .GroupBy(field => field[0], StringComparer.Ordinal)
            .ToDictionary(group => group.Key, group => group.First()[1], StringComparer.Ordinal);
        var missing = Array.Find(["Credential", "SignedHeaders", "Signature"], name => !fields.ContainsKey(name));
        if (missing is not null)
        {
            error = BedrockErrors.Incomplete($"Authorization header requires '{missing}' parameter. Authorization={Algorithm}");
            return null;
        }

        var scope = fields["Credential"].Split('/');
        var headers = fields["SignedHeaders"].Split(';');
        error = Check(request, scope, headers, fields["Signature"]);
        return error is null ? new AwsSignature(scope, headers, fields["Signature"]) : null;
    }

    /// <summary>Whether the signature is what a secret key gives for the request.</summary>
    public bool IsBy(string secretKey, HttpRequest request, ReadOnlySpan<byte> body)
    {
        var canonical = Canonical(request, Hex(SHA256.HashData(body)));
        var date = request.Headers["x-amz-date"].ToString();
        var text = $"{Algorithm}\n{date}\n{string.Join('/', scope[1..])}\n{Hex(SHA256.HashData(Encoding.UTF8.GetBytes(canonical)))}";
        var key = scope[1..].Aggregate(Encoding.UTF8.GetBytes("AWS4" + secretKey), Sign);
        return Hex(Sign(key, text)) == signature;
    }

    private static RequestError? Check(HttpRequest request, string[] scope, string[] headers, string signature)
    {
        var date = request.Headers["x-amz-date"].ToString();
        return scope.Length != 5 || scope[4] != "aws4_request" || scope.Any(part => part.Length == 0)
                ? BedrockErrors.Incomplete(
                    $"Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got '{string.Join('/', scope)}'"
                )
            : scope[3] != Service ? Mismatch($"Credential should be scoped to correct service: '{Service}'.")
            : !DateTime.TryParseExact(date, "yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture, DateTimeStyles.None, out _)
                ? BedrockErrors.Incomplete("Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.")
            : !date.StartsWith(scope[1], StringComparison.Ordinal)
                ? Mismatch(
                    $"Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '{scope[1]}' != '{date}'."
                )
            : !headers.Contains("host") ? Mismatch("'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.")
            : signature.Length != 64 || !signature.All(char.IsAsciiHexDigitLower) ? BedrockErrors.WrongSignature
            : null;
    }

    private static RequestError Mismatch(string message) => BedrockErrors.WrongSignature with { Message = message };

    private string Canonical(HttpRequest request, string bodyHash)
    {
        var target = request.HttpContext.Features.Get<IHttpRequestFeature>()!.RawTarget.Split('?', 2);

        // All services but S3 escape the path twice.
        var path = string.Join('/', target[0].Split('/').Select(Uri.EscapeDataString));
        var query = target.Length < 2 ? [] : target[1].Split('&').Select(pair => pair.Contains('=') ? pair : pair + "=");
        var text = new StringBuilder($"{request.Method}\n{path}\n{string.Join('&', query.Order(StringComparer.Ordinal))}\n");
        foreach (var name in signedHeaders)
        {
            var values = name == "host" ? request.Host.Value : string.Join(',', request.Headers[name].Select(value => value?.Trim()));
            text.Append(CultureInfo.InvariantCulture, $"{name}:{values}\n");
        }

        return text.Append(CultureInfo.InvariantCulture, $"\n{string.Join(';', signedHeaders)}\n{bodyHash}").ToString();
    }

    private static byte[] Sign(byte[] key, string text) => HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(text));

    private static string Hex(byte[] bytes) => Convert.ToHexStringLower(bytes);
}
