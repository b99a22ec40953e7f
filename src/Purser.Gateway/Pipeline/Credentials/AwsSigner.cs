using System.Security.Cryptography;
using System.Text;
using Amazon;
using Amazon.Runtime;
using Amazon.Runtime.Endpoints;
using Amazon.Runtime.Internal;
using Amazon.Runtime.Internal.Auth;
using Amazon.Runtime.Internal.Util;
using Purser.Gateway.Credentials;

namespace Purser.Gateway.Pipeline;

/// <summary>
/// Signs requests for Bedrock as AWS wants it (Signature Version 4), by AWS's own signer. Signed are the host, the path, the content type, the date and
/// a hash of the body as it is sent; what proxies on the way may add or change isn't.
/// </summary>
internal static class AwsSigner
{
    private const string Service = "bedrock";

    private static readonly AWS4Signer Signer = new();

    /// <summary>Adds the headers of a signature.</summary>
    /// <param name="message">The request, complete but for these headers; its URL has no query.</param>
    /// <param name="body">The body that is sent.</param>
    /// <param name="keys">Who signs.</param>
    /// <param name="region">The region that it's for.</param>
    /// <param name="at">Now; AWS takes a signature for five minutes.</param>
    public static void Sign(HttpRequestMessage message, ReadOnlySpan<byte> body, AwsKeys keys, string region, DateTimeOffset at)
    {
        var url = message.RequestUri!;
        using var request = new DefaultRequest(new Unnamed(), Service)
        {
            HttpMethod = message.Method.Method,
            Endpoint = new Uri(url.GetLeftPart(UriPartial.Authority)),
            OverrideSigningServiceName = Service,
            AuthenticationRegion = region,
            // The body is hashed here and not copied: it may be large.
            PrecomputedContentSha256 = Convert.ToHexStringLower(SHA256.HashData(body)),
        };
        request.ResourcePath = Path(request, url);
        if (message.Content?.Headers.NonValidated.TryGetValues("Content-Type", out var type) == true)
        {
            request.Headers["Content-Type"] = type.ToString();
        }

        if (keys.SessionToken is { } token)
        {
            request.Headers["X-Amz-Security-Token"] = token;
        }

        var signature = Signer.SignRequest(
            request,
            new Configuration(region),
            new RequestMetrics(),
            keys.AccessKey,
            keys.SecretKey,
            at.UtcDateTime
        );
        foreach (var (name, value) in request.Headers)
        {
            if (name.StartsWith("x-amz-", StringComparison.OrdinalIgnoreCase))
            {
                message.Headers.TryAddWithoutValidation(name, value);
            }
        }

        message.Headers.TryAddWithoutValidation("Authorization", signature.ForAuthorizationHeader);
    }

    /// <summary>Gives the signer each part of the path unescaped, for it escapes them as AWS does: a model's ARN has slashes of its own.</summary>
    private static string Path(DefaultRequest request, Uri url)
    {
        var template = new StringBuilder();
        foreach (var (index, segment) in url.AbsolutePath.Split('/').Skip(1).Index())
        {
            var name = $"{{{index}}}";
            request.AddPathResource(name, Uri.UnescapeDataString(segment));
            template.Append('/').Append(name);
        }

        return template.ToString();
    }

    private sealed class Unnamed : AmazonWebServiceRequest;

    /// <summary>What the signer asks for; nothing is sent by it.</summary>
    private sealed class Configuration : ClientConfig
    {
        public Configuration(string region)
            : base(new NoDefaults())
        {
            AuthenticationRegion = region;
            AuthenticationServiceName = Service;
        }

        public override string ServiceVersion => "";

        public override string UserAgent => "";

        public override string RegionEndpointServiceName => Service;

        public override Endpoint DetermineServiceOperationEndpoint(ServiceOperationEndpointParameters parameters) =>
            throw new NotSupportedException();
    }

    private sealed class NoDefaults : IDefaultConfigurationProvider
    {
        public IDefaultConfiguration GetDefaultConfiguration(RegionEndpoint region, DefaultConfigurationMode? mode = null) =>
            throw new NotSupportedException();
    }
}
