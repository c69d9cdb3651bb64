a
  %{~ for y in x ~}
  - ${y}
  %{~ endfor ~}
end
