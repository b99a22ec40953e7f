using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using Xunit;

namespace Purser.Gateway.Tests.Pipeline;

/// <summary>What the tests send.</summary>
public sealed partial class OwnedFilesTests
{
    private static async Task<string> KeyOfAsync(TestGateway gateway, string account) => (await NewKeyAsync(gateway, account)).Key;

    private static async Task<(string Key, string Id)> NewKeyAsync(TestGateway gateway, string account, bool isNew = true)
    {
        if (isNew)
        {
            await gateway.AdminAsync(
                HttpMethod.Post,
                "/accounts",
                new
                {
                    name = account,
                    kind = "team",
                    parent = "",
                }
            );
        }

        var key = await gateway.AdminAsync(HttpMethod.Post, "/keys", new { account, name = $"key {Guid.NewGuid():N}" });
        return (key!["key"]!.GetValue<string>(), key["id"]!.GetValue<string>());
    }

    private static MultipartFormDataContent Form(bool hasPurpose = true)
    {
        var form = new MultipartFormDataContent();
        var file = new ByteArrayContent("hello"u8.ToArray());
        file.Headers.ContentType = new MediaTypeHeaderValue("text/plain");
        form.Add(file, "file", "a.txt");
        if (hasPurpose)
        {
            form.Add(new StringContent("user_data"), "purpose");
        }

        return form;
    }

    private static async Task<(string Id, JsonNode Json)> UploadAsync(TestGateway gateway, string key, params (string, string)[] headers)
    {
        var isAnthropic = headers.Any(header => header.Item1 == "anthropic-version");
        var (status, json) = await PostAsync(gateway, key, Form(hasPurpose: !isAnthropic), headers);
        Assert.True(status == 200, json?.ToJsonString());
        return (json!["id"]!.GetValue<string>(), json);
    }

    private static async Task<(int Status, JsonNode? Json)> PostAsync(
        TestGateway gateway,
        string key,
        HttpContent form,
        params (string, string)[] headers
    )
    {
        using var request = Request(key, HttpMethod.Post, "/v1/files", headers);
        request.Content = form;
        using var response = await gateway.Client.SendAsync(request);
        return ((int)response.StatusCode, JsonNode.Parse(await response.Content.ReadAsStringAsync()));
    }

    private static async Task<(int Status, JsonNode? Json)> SendAsync(
        TestGateway gateway,
        string key,
        HttpMethod method,
        string path,
        params (string, string)[] headers
    )
    {
        using var request = Request(key, method, path, headers);
        using var response = await gateway.Client.SendAsync(request);
        var text = await response.Content.ReadAsStringAsync();
        return ((int)response.StatusCode, text.StartsWith('{') ? JsonNode.Parse(text) : null);
    }

    private static HttpRequestMessage Request(string key, HttpMethod method, string path, params (string, string)[] headers)
    {
        var request = new HttpRequestMessage(method, path);
        request.Headers.TryAddWithoutValidation("Authorization", $"Bearer {key}");
        foreach (var (name, value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        return request;
    }

    /// <summary>So many bytes of nothing.</summary>
    private sealed class Zeros(long length) : Stream
    {
        private long left = length;

        public override bool CanRead => true;
        public override bool CanSeek => false;
        public override bool CanWrite => false;
        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override int Read(byte[] buffer, int offset, int count)
        {
            var read = (int)Math.Min(count, left);
            Array.Clear(buffer, offset, read);
            left -= read;
            return read;
        }

        public override void Flush() { }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
