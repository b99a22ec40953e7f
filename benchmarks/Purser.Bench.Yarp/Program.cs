// A bare YARP: one route, one destination, nothing else switched on. Arguments: LISTEN_URL UPSTREAM_URL.
using Yarp.ReverseProxy.Configuration;

var builder = WebApplication.CreateSlimBuilder();
builder.Logging.ClearProviders();
builder.WebHost.UseUrls(args[0]);
builder.WebHost.ConfigureKestrel(kestrel => kestrel.Limits.MaxRequestBodySize = null);
builder
    .Services.AddReverseProxy()
    .LoadFromMemory(
        [
            new RouteConfig
            {
                RouteId = "all",
                ClusterId = "upstream",
                Match = new RouteMatch { Path = "{**path}" },
            },
        ],
        [
            new ClusterConfig
            {
                ClusterId = "upstream",
                Destinations = new Dictionary<string, DestinationConfig> { ["one"] = new() { Address = args[1] } },
            },
        ]
    );

var app = builder.Build();
app.MapReverseProxy();
app.Run();
