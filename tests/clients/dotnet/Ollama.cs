using System.Net.Http.Headers;
using OllamaSharp;
using OllamaSharp.Models.Chat;
using OllamaSharp.Tools;

namespace Purser.Clients.Libraries;

/// <summary>NuGet <c>OllamaSharp</c>, with its chat, which calls tools by itself. The key is in the HTTP client's headers.</summary>
internal sealed class Ollama(Target target) : Library
{
    private readonly Chat chat = new(
        new OllamaApiClient(
            new HttpClient
            {
                BaseAddress = new Uri(target.Url),
                DefaultRequestHeaders = { Authorization = new AuthenticationHeaderValue("Bearer", target.Key) },
            },
            target.Model
        )
    );

    public override async Task<string> AskAsync(string prompt) => string.Concat(await StreamAsync(prompt).ToListAsync());

    public override IAsyncEnumerable<string> StreamAsync(string prompt) => chat.SendAsync(prompt);

    public override async Task<string> UseToolAsync(string prompt) =>
        string.Concat(await chat.SendAsync(prompt, tools: [new WeatherTool()]).ToListAsync());

    private sealed class WeatherTool : Tool, IInvokableTool
    {
        public WeatherTool() =>
            Function = new Function
            {
                Name = Weather.Name,
                Description = Weather.Description,
                Parameters = new Parameters
                {
                    Properties = new Dictionary<string, Property> { ["city"] = new() { Type = "string" } },
                    Required = ["city"],
                },
            };

        public object InvokeMethod(IDictionary<string, object?>? args) => Weather.Get(args!["city"]!.ToString()!);
    }
}
