using System.Net;
using System.Text.Json;

namespace Purser.Simulator.Tests;

public class EndpointTests
{
    [Fact]
    public async Task Claude_Codes_first_call_is_answered()
    {
        await using var simulator = await SimulatorUnderTest.StartAsync();
        using var request = new HttpRequestMessage(HttpMethod.Head, "/api/hello");
        using var response = await simulator.Client.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    [Theory]
    [InlineData("/v1/models", false, 200, "object,data")]
    [InlineData("/v1/models", true, 200, "data,has_more,first_id,last_id")]
    [InlineData("/v1/models/gpt-4o", false, 200, "id,object,created,owned_by")]
    [InlineData("/v1/models/claude-opus-4-5", true, 200, "type,id,display_name,created_at")]
    [InlineData("/v1/models/no-such-thing", false, 404, "error")]
    [InlineData("/v1/models/no-such-thing", true, 404, "type,error,request_id")]
    [InlineData("/v1/audio", false, 404, "error")]
    [InlineData("/v1/complete", true, 404, "type,error,request_id")]
    public async Task Get(string path, bool anthropic, int status, string properties)
    {
        await using var simulator = await SimulatorUnderTest.StartAsync();
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.Add("Authorization", "Bearer k");
        if (anthropic)
        {
            request.Headers.Add("anthropic-version", "2023-06-01");
        }

        var response = await simulator.Client.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.Equal((HttpStatusCode)status, response.StatusCode);
        var json = JsonDocument.Parse(await SimulatorUnderTest.TextAsync(response)).RootElement;
        Assert.Equal(properties, string.Join(',', json.EnumerateObject().Select(property => property.Name)));
    }

    [Theory]
    [InlineData("https://127.0.0.1:0")]
    [InlineData("http://example.com:80")]
    [InlineData("http://127.0.0.1:0/v1")]
    [InlineData("http://localhost:0")]
    public async Task An_address_that_it_cannot_listen_on_is_told(string address)
    {
        var error = await Assert.ThrowsAsync<ArgumentException>(() =>
            Simulator.StartAsync(new SimulatorOptions { Listen = new Uri(address) })
        );
        Assert.StartsWith($"The simulator can't listen on '{new Uri(address)}': use ", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_port_in_use_is_told()
    {
        await using var simulator = await SimulatorUnderTest.StartAsync();
        await Assert.ThrowsAsync<IOException>(() => Simulator.StartAsync(new SimulatorOptions { Listen = simulator.Address }));
    }

    [Fact]
    public async Task Waiting_for_shutdown_ends_with_its_token_or_with_the_simulator()
    {
        var options = new SimulatorOptions { Listen = new Uri("http://127.0.0.1:0") };
        var simulator = await Simulator.StartAsync(options, TestContext.Current.CancellationToken);
        using var stop = new CancellationTokenSource();
        var byToken = simulator.WaitForShutdownAsync(stop.Token);
        var byDisposal = simulator.WaitForShutdownAsync(CancellationToken.None);
        await stop.CancelAsync();
        await byToken;
        Assert.False(byDisposal.IsCompleted);
        await simulator.DisposeAsync();
        await byDisposal;
    }
}
