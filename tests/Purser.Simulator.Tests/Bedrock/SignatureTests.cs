using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using static Purser.Simulator.Tests.SimulatorUnderTest;

namespace Purser.Simulator.Tests.Bedrock;

/// <summary>Signatures that the test makes by AWS's description of Signature Version 4.</summary>
public class SignatureTests
{
    private const string Id = "AKIAIOSFODNN7EXAMPLE";
    private const string Secret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
    private const string Body = "{\"messages\":[{\"role\":\"user\",\"content\":[{\"text\":\"hi\"}]}]}";
    private const string Path = "/model/us.anthropic.claude-sonnet-4-5-20250929-v1%3A0/converse";

    [Theory]
    [InlineData(Secret, Body, 200, null)]
    [InlineData("another secret", Body, 403, "InvalidSignatureException")]
    [InlineData(Secret, Body + " ", 403, "InvalidSignatureException")]
    public async Task A_known_keys_signature_is_verified(string secret, string sent, int status, string? error)
    {
        await using var simulator = await StartAsync(new SimulatorOptions { AwsKey = new AwsKeyPair(Id, Secret) });
        using var response = await SendAsync(simulator, sent, Sign(simulator, secret));
        Assert.Equal(status, (int)response.StatusCode);
        Assert.Equal(error, Error(response));
    }

    [Fact]
    public async Task Without_a_known_key_any_signature_of_the_right_form_will_do()
    {
        await using var simulator = await StartAsync();
        using var response = await SendAsync(simulator, Body, Sign(simulator, "whatever"));
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    [Theory]
    [InlineData(Id, "AKIAANOTHEREXAMPLE01", "UnrecognizedClientException")]
    [InlineData("/us-east-1/bedrock/", "/us-east-1/s3/", "InvalidSignatureException")]
    [InlineData("/us-east-1/bedrock/", "/bedrock/", "IncompleteSignatureException")]
    [InlineData("host;", "", "InvalidSignatureException")]
    [InlineData("20260101/", "20260102/", "InvalidSignatureException")]
    [InlineData("Signature=", "Sign=", "IncompleteSignatureException")]
    [InlineData("AWS4-HMAC-SHA256", "Basic", "MissingAuthenticationTokenException")]
    public async Task A_signature_of_another_form_is_refused(string part, string instead, string error)
    {
        await using var simulator = await StartAsync(new SimulatorOptions { AwsKey = new AwsKeyPair(Id, Secret) });
        var authorization = Sign(simulator, Secret).Replace(part, instead, StringComparison.Ordinal);
        using var response = await SendAsync(simulator, Body, authorization);
        Assert.Equal(403, (int)response.StatusCode);
        Assert.Equal(error, Error(response));
    }

    private static string? Error(HttpResponseMessage response) =>
        response.Headers.TryGetValues("x-amzn-errortype", out var type) ? type.Single().Split(':')[0] : null;

    private static async Task<HttpResponseMessage> SendAsync(SimulatorUnderTest simulator, string body, string authorization)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, Path)
        {
            Content = new StringContent(body, Encoding.UTF8, "application/json"),
        };
        request.Headers.TryAddWithoutValidation("Authorization", authorization);
        request.Headers.Add("x-amz-date", "20260101T000000Z");
        return await simulator.Client.SendAsync(request, TestContext.Current.CancellationToken);
    }

    private static string Sign(SimulatorUnderTest simulator, string secret)
    {
        const string Scope = "20260101/us-east-1/bedrock/aws4_request";
        var canonical = string.Create(
            CultureInfo.InvariantCulture,
            $"POST\n{Path.Replace("%", "%25", StringComparison.Ordinal)}\n\nhost:{simulator.Address.Authority}\nx-amz-date:20260101T000000Z\n\nhost;x-amz-date\n{Hash(Body)}"
        );
        var key = Encoding.UTF8.GetBytes("AWS4" + secret);
        foreach (var part in Scope.Split('/'))
        {
            key = HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(part));
        }

        var text = $"AWS4-HMAC-SHA256\n20260101T000000Z\n{Scope}\n{Hash(canonical)}";
        var signature = Convert.ToHexStringLower(HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(text)));
        return $"AWS4-HMAC-SHA256 Credential={Id}/{Scope}, SignedHeaders=host;x-amz-date, Signature={signature}";
    }

    private static string Hash(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
}
