namespace Purser.Bench.Targets;

/// <summary>No proxy at all: what client and upstream take by themselves.</summary>
internal sealed class DirectTarget() : Target("direct")
{
    public override IReadOnlyList<string>? Command(string folder, int port, Uri upstream) => null;
}

/// <summary>nginx as a plain reverse proxy, set as one would set it in front of a streaming API.</summary>
internal sealed class NginxTarget() : Target("nginx")
{
    public override IReadOnlyList<string> Command(string folder, int port, Uri upstream)
    {
        Directory.CreateDirectory(Path.Combine(folder, "tmp"));
        var file = Path.Combine(folder, "nginx.conf");
        // Buffering is off in both directions: with it a 20 KB body goes through a file, and a stream's chunks wait for each other.
        File.WriteAllText(
            file,
            $$"""
            {{(System.Environment.UserName == "root" ? "user root;" : "")}}
            worker_processes 1;
            daemon off;
            pid {{folder}}/nginx.pid;
            error_log stderr warn;
            events { worker_connections 4096; }
            http {
              access_log off;
              client_body_temp_path {{folder}}/tmp/body;
              proxy_temp_path {{folder}}/tmp/proxy;
              fastcgi_temp_path {{folder}}/tmp/fastcgi;
              uwsgi_temp_path {{folder}}/tmp/uwsgi;
              scgi_temp_path {{folder}}/tmp/scgi;
              keepalive_requests 100000000;
              client_max_body_size 64m;
              client_body_buffer_size 64k;
              upstream mock {
                server {{upstream.Authority}};
                keepalive 256;
                keepalive_requests 100000000;
              }
              server {
                listen 127.0.0.1:{{port}};
                location / {
                  proxy_pass http://mock;
                  proxy_http_version 1.1;
                  proxy_set_header Connection "";
                  proxy_buffering off;
                  proxy_request_buffering off;
                }
              }
            }
            """
        );
        return ["nginx", "-e", "stderr", "-p", folder, "-c", file];
    }
}

/// <summary>A bare YARP: forwards and does nothing else.</summary>
internal sealed class YarpTarget() : Target("yarp")
{
    public override IReadOnlyList<string> Command(string folder, int port, Uri upstream) =>
        ["dotnet", "artifacts/benchmarks/bin/yarp/Purser.Bench.Yarp.dll", $"http://127.0.0.1:{port}", upstream.ToString()];
}

/// <summary>The Portkey gateway from npm, with no configuration beyond where the upstream is.</summary>
internal sealed class PortkeyTarget(Uri upstream) : Target("portkey")
{
    public override IReadOnlyDictionary<string, string> Headers { get; } =
        new Dictionary<string, string>
        {
            ["Authorization"] = "Bearer sk-bench-0000",
            ["x-portkey-provider"] = "openai",
            ["x-portkey-custom-host"] = new Uri(upstream, "/v1").ToString(),
        };

    public override IReadOnlyDictionary<string, string> Environment { get; } =
        new Dictionary<string, string> { ["NODE_ENV"] = "production", ["TRUSTED_CUSTOM_HOSTS"] = "127.0.0.1,localhost" };

    public override IReadOnlyList<string> Command(string folder, int port, Uri upstream) =>
        ["node", "artifacts/benchmarks/portkey/node_modules/@portkey-ai/gateway/build/start-server.js", "--headless", $"--port={port}"];
}

/// <summary>A proxy that the command line names: <c>--also NAME=COMMAND</c>.</summary>
internal sealed class CommandTarget(string name, string template) : Target(name)
{
    public override IReadOnlyList<string> Command(string folder, int port, Uri upstream) =>
        [
            "/bin/sh",
            "-c",
            "exec "
                + template
                    .Replace("{port}", $"{port}")
                    .Replace("{url}", $"http://127.0.0.1:{port}")
                    .Replace("{upstream}", upstream.ToString()),
        ];
}
